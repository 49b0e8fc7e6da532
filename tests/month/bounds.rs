//! What accounts may not do: caps on spending and on calls, accounts that are frozen for a while, and debts that are given
//! up; and that all of it was kept to, by the books.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::books::{Books, SECOND, moment};
use crate::door::{amount, text};
use crate::life::Life;
use crate::size::{Chance, Size};

/// A cap of one account in one chapter.
pub struct Bound {
    name: &'static str,
    value: &'static str,
    kept: Kept,
}

enum Kept {
    /// Not more than so many micro-units in so many seconds.
    Spent(i64, i64),
    /// Not two calls at once.
    Alone,
    /// Not two that were dialled within so many seconds.
    Apart(i64),
}

const BOUNDS: &[Bound] = &[
    Bound { name: "most_an_hour", value: "0.50", kept: Kept::Spent(500_000, 3600) },
    Bound { name: "most_a_day", value: "0.90", kept: Kept::Spent(900_000, 86_400) },
    Bound { name: "most_while_new", value: "60: 0.70", kept: Kept::Spent(700_000, 86_400) },
    Bound { name: "most_live_calls", value: "1", kept: Kept::Alone },
    Bound { name: "most_calls_a_minute", value: "1", kept: Kept::Apart(60) },
];

pub fn bound_of(chance: Chance, chapter: u64) -> Option<&'static Bound> {
    (chance.below(3, "bounded", chapter) == 0).then(|| chance.one_of(BOUNDS, "bound", chapter))
}

impl Life<'_> {
    /// Instead of the one before.
    pub async fn be_bounded(&mut self, chapter: u64) {
        let mut caps = json!({ "most_an_hour": null, "most_a_day": null, "most_while_new": null, "most_live_calls": 0,
                               "most_calls_a_minute": 0 });
        if let Some(bound) = bound_of(self.chance, chapter) {
            caps[bound.name] = bound.value.parse::<u16>().map_or_else(|_| json!(bound.value), Value::from);
        }
        self.door.done(&format!("accounts/{}/caps", self.id), caps).await;
    }

    /// While it is frozen nobody calls or pays.
    pub async fn be_frozen(&mut self, number: u64) {
        if self.chance.below(12, "frozen", number) > 0 {
            return;
        }
        self.door.done(&format!("accounts/{}/freeze", self.id), json!({ "reason": "a look at it" })).await;
        let call = json!({ "account": self.id, "own_number": self.phone("0100"), "numbers": [self.phone("0200")],
                           "key": format!("frozen {number}") });
        let visit = json!({ "purpose": "top_up", "amount": "5.00", "key": format!("frozen {number}") });
        for (door, wish) in [("calls".to_owned(), call), (format!("accounts/{}/checkouts", self.id), visit)] {
            let (status, body) = self.door.post(&door, wish).await;
            assert_eq!((status, text(&body, "code").as_str()), (422, "account_frozen"), "{door}: {body}");
        }
        self.pause(70).await;
        self.door.done(&format!("accounts/{}/unfreeze", self.id), json!({ "reason": "it is well" })).await;
    }

    /// What was taken back and is owed is given up now and then.
    pub async fn be_forgiven(&mut self, chapter: u64) {
        if self.chance.below(4, "forgiven", chapter) > 0 {
            return;
        }
        let account = self.door.get(&format!("accounts/{}", self.id)).await;
        if amount(&account, "debt") > 0 {
            let deed =
                json!({ "amount": text(&account, "debt"), "reason": "lost", "key": format!("forgiven {chapter}") });
            self.door.done(&format!("accounts/{}/write-offs", self.id), deed).await;
        }
    }
}

/// Of one account, in microseconds.
struct Talk {
    chapter: u64,
    dialled: i64,
    settled: i64,
    charged: i64,
}

pub fn bounds_were_kept(books: &mut Books, size: Size) {
    let mut bounded = 0;
    let talks = talks(books, size);
    for (account, talks) in &talks {
        let chance = Chance { seed: size.seed, account: *account };
        for chapter in 0..size.chapters() {
            let Some(bound) = bound_of(chance, chapter) else { continue };
            let here: Vec<&Talk> = talks.iter().filter(|talk| talk.chapter == chapter).collect();
            bounded += here.len();
            assert!(is_kept(&bound.kept, &here), "account {account} kept to its {} in chapter {chapter}", bound.name);
        }
    }
    println!("calls under a cap {bounded}");
    nobody_did_anything_frozen(books);
}

fn talks(books: &mut Books, size: Size) -> BTreeMap<u64, Vec<Talk>> {
    let columns = ["a.email", "c.request_key", "c.created_at", "c.settled_at", "h.charged"];
    let from = "calls c JOIN accounts a ON a.id = c.account_id JOIN holds h ON h.call_id = c.id";
    let mut talks = BTreeMap::<u64, Vec<Talk>>::new();
    for [email, key, dialled, settled, charged] in books.rows(columns, from) {
        let chapter = number_in(&key) / size.calls_in_chapter();
        let (dialled, settled, charged) = (moment(&dialled), moment(&settled), charged.parse().expect("a number"));
        talks.entry(number_in(&email)).or_default().push(Talk { chapter, dialled, settled, charged });
    }
    talks
}

/// `call 17 again` is of 17, `caller-00003@month.example` of 3.
pub fn number_in(name: &str) -> u64 {
    let digits: String =
        name.chars().skip_while(|one| !one.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().expect("there is a number")
}

fn is_kept(kept: &Kept, talks: &[&Talk]) -> bool {
    let spent_until = |end: &Talk, span: i64| {
        let begin = end.settled - span * SECOND;
        let within = talks.iter().filter(|one| one.settled > begin && one.settled <= end.settled);
        within.map(|one| one.charged).sum::<i64>()
    };
    let pairs = || talks.iter().enumerate().flat_map(|(at, one)| talks[at + 1..].iter().map(move |other| (one, other)));
    match kept {
        Kept::Spent(most, span) => talks.iter().all(|end| spent_until(end, *span) <= *most),
        Kept::Alone => pairs().all(|(one, other)| one.settled <= other.dialled || other.settled <= one.dialled),
        Kept::Apart(seconds) => pairs().all(|(one, other)| (one.dialled - other.dialled).abs() >= seconds * SECOND),
    }
}

fn nobody_did_anything_frozen(books: &mut Books) {
    let frozen =
        books.rows(["action", "account_id", "at"], "audit WHERE action LIKE '%freeze_account' ORDER BY account_id, at");
    assert!(
        frozen.chunks(2).all(|pair| pair[0][0] == "freeze_account" && pair[1][0] == "unfreeze_account"),
        "{frozen:?}"
    );
    println!("frozen {} times", frozen.len() / 2);
    for pair in frozen.chunks(2) {
        let ([_, account, from], [_, _, to]) = (&pair[0], &pair[1]);
        for table in ["calls", "payments", "checkouts"] {
            let meanwhile =
                format!("{table} WHERE account_id = '{account}' AND created_at > '{from}' AND created_at < '{to}'");
            assert!(books.rows(["id"], &meanwhile).is_empty(), "{meanwhile}");
        }
    }
}
