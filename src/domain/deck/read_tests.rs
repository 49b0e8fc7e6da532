//! Files as the world has them: read the same whatever their dress, or refused with every bad line.

use proptest::prelude::*;

use super::super::table::strategies::decks;
use super::super::write;
use super::*;

fn rates(csv: &[u8]) -> Result<Vec<DeckRate>, Vec<BadLine>> {
    let read = read(csv, &Reading::from(DateTime::UNIX_EPOCH));
    read.map(|table| table.iter().map(|entry| entry.to_rate()).collect())
}

fn in_dollars(file: &[u8], mapping: &str) -> Result<RateTable, Vec<BadLine>> {
    let mapping = mapping.parse().expect("a mapping");
    read(file, &Reading { otherwise: DateTime::UNIX_EPOCH, currency: "USD".parse().ok(), mapping })
}

fn fixture(name: &str) -> Vec<u8> {
    let path = format!("{}/fixtures/rates/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn written(table: &RateTable) -> String {
    let mut written = vec![];
    write(table, &mut written).unwrap();
    String::from_utf8(written).unwrap()
}

/// Line, field and a part of the reason.
fn named(bad: &[BadLine]) -> Vec<(u64, &str, &str)> {
    bad.iter().map(|bad| (bad.line, bad.field.as_str(), bad.reason.as_str())).collect()
}

#[test]
fn the_same_rates_are_read_whatever_the_file_looks_like() {
    let plain = in_dollars(&fixture("plain.csv"), "").unwrap();
    assert_eq!(plain.len(), 3);
    let said = "prefix=Vorwahl\ndestination=Zielname\nprice_per_minute=Cent-frei\nconnection_fee=Aufbau\n\
                minimum_seconds=Takt 1\nincrement_seconds=Takt 2\nignore=Guete";
    for (name, mapping) in [
        ("bom_and_crlf.csv", ""),
        ("semicolons_windows.csv", ""),
        ("tabs_utf16.txt", ""),
        ("pipes.csv", ""),
        ("other_names.csv", said),
    ] {
        let table = in_dollars(&fixture(name), mapping).unwrap_or_else(|bad| panic!("{name}: {bad:?}"));
        assert_eq!(written(&table), written(&plain), "{name}");
    }
}

#[test]
fn a_carriers_prices_are_for_each_destination_from_each_origination() {
    let table = in_dollars(&fixture("carrier_prices.csv"), "").unwrap();
    assert_eq!(table.len(), 3 * 3 + 3 + 1 + 3);
    let price = |number: &str, caller: &str| {
        let found = table.find(number, caller, DateTime::UNIX_EPOCH).map(|entry| entry.price_per_minute().to_string());
        found.unwrap_or_default()
    };
    assert_eq!(price("447700900000", "491511234567"), "0.04");
    assert_eq!(price("447700900000", "14155550100"), "0.3");
    assert_eq!(price("442079460000", "14155550100"), "0.015");
    assert_eq!(price("818012345678", ""), "0.1446");
    let named = table.iter().next().map(|entry| entry.to_rate().rate.destination);
    assert_eq!(named.as_deref(), Some("Programmable Outbound Minute - United Kingdom"));
}

#[test]
fn every_bad_line_of_a_list_is_named() {
    let bad = in_dollars(&fixture("bad_lines.csv"), "").unwrap_err();
    let lines: Vec<_> = bad.iter().map(|bad| (bad.line, bad.field.as_str())).collect();
    let expected = [
        (3, "prefix"),
        (4, "prefix"),
        (6, "prefix"),
        (7, "price_per_minute"),
        (8, "price_per_minute"),
        (9, "price_per_minute"),
        (10, "effective_from"),
        (11, "prefix"),
        (12, "line"),
    ];
    assert_eq!(lines, expected, "{bad:?}");
    let windows = String::from_utf8(fixture("bad_lines.csv")).unwrap().replace('\n', "\r\n");
    assert_eq!(in_dollars(windows.as_bytes(), "").unwrap_err(), bad, "whatever its lines end with");
    assert_eq!(in_dollars(windows.replace("\r\n", "\r").as_bytes(), "").unwrap_err().len(), bad.len());
}

#[test]
fn a_file_that_can_be_read_in_two_ways_says_how_to_say_which() {
    let bad = in_dollars(&fixture("two_prices.csv"), "").unwrap_err();
    let [(1, "header", why)] = named(&bad)[..] else { panic!("{bad:?}") };
    assert!(why.contains("say which it is, as in price_per_minute=Price"), "{why}");
    let table = in_dollars(&fixture("two_prices.csv"), "price_per_minute=Price").unwrap();
    assert_eq!(table.iter().next().map(|entry| entry.price_per_minute().to_string()).as_deref(), Some("0.02"));
}

#[test]
fn a_comma_that_may_be_for_thousands_is_believed_if_another_line_shows_what_commas_are() {
    let doubtful = b"prefix;price\n881;1,234\n";
    assert!(named(&rates(doubtful).unwrap_err())[0].2.contains("may be 1.234 or thousands"));
    let shown = rates(b"prefix;price\n881;1,234\n44;0,02\n").unwrap();
    assert_eq!(shown.iter().map(|line| line.rate.price_per_minute.to_string()).collect::<Vec<_>>(), ["0.02", "1.234"]);
}

#[test]
fn another_currency_than_the_plans_is_refused() {
    let bad = in_dollars(b"prefix,price,currency\n44,1,USD\n49,1,EUR\n", "").unwrap_err();
    assert_eq!((bad[0].line, bad[0].field.as_str()), (3, "currency"));
    assert!(in_dollars(b"prefix,price in GBP\n44,1\n", "").is_err());
}

#[test]
fn a_deck_of_two_columns_is_enough() {
    let rates = rates(b"prefix,price_per_minute\n1,0.01\n+44,0.02\n").unwrap();
    assert_eq!(rates[1].rate.prefix, "44");
    assert_eq!((rates[0].rate.increment_seconds, rates[0].rate.destination.as_str()), (1, "1"));
}

#[test]
fn every_bad_line_is_named_with_its_field_and_reason() {
    let csv = b"prefix,price_per_minute,increment_seconds,effective_from\n1,0.01,1,\nx,0.01,1,\n44,-1,1,\n45,1,0,\n46,abc,1,\n1,0.02,1,\n47,1,1,soon\n48,1\n";
    let bad = rates(csv).unwrap_err();
    let lines: Vec<_> = bad.iter().map(|bad| (bad.line, bad.field.as_str())).collect();
    let expected = [
        (3, "prefix"),
        (4, "price_per_minute"),
        (5, "increment_seconds"),
        (6, "price_per_minute"),
        (7, "prefix"),
        (8, "effective_from"),
        (9, "line"),
    ];
    assert_eq!(lines, expected);
    assert_eq!(bad[4].reason, "1 stands in line 2 already");
}

#[test]
fn hours_tiers_maximums_origins_and_blocks_are_written_as_they_are_read() {
    let csv = b"prefix,price_per_minute,connection_fee,origination,bands,tiers,maximum_cost,blocked\n\
        44,0.02,,,Europe/London; Mo-Fr 08:00-18:00 0.30+0.05,,5,\n\
        44,0.03,,49,,60@0.30/30+0.02; 120@0.1/10,2.50 end,no\n\
        881,,,,,,,yes\n";
    let found = rates(csv).unwrap();
    assert_eq!((found[0].rate.maximum.unwrap().then, found[1].rate.tiers.len()), (Then::Free, 2));
    assert_eq!((found[1].rate.origination.as_str(), found[2].blocked), ("49", true));
}

#[test]
fn what_could_be_read_in_two_ways_is_refused_with_its_column() {
    let csv = b"prefix,price_per_minute,minimum_seconds,bands,tiers,maximum_cost,blocked,origination\n\
        1,1,,UTC; 1,60@1/1,,,\n2,1,30,,60@1/1,,,\n3,60,,,,0.50 end,,\n4,1,,,,5 perhaps,,\n5,1,,,,,maybe,\n6,,,,,,,\n\
        7,1,,,60@1/0,,,\n8,1,,noon,,,,\n9,1,,,,,,x\n10,1,,,,,,49\n10,2,,,,,,49\n10,3,,,,,,\n";
    let bad = rates(csv).unwrap_err();
    let lines: Vec<_> = bad.iter().map(|bad| (bad.line, bad.field.as_str())).collect();
    let expected = [
        (2, "tiers"),
        (3, "tiers"),
        (4, "maximum_cost"),
        (5, "maximum_cost"),
        (6, "blocked"),
        (7, "price_per_minute"),
        (8, "tiers"),
        (9, "bands"),
        (10, "origination"),
        (12, "prefix"),
    ];
    assert_eq!(lines, expected);
}

#[test]
fn a_file_without_rates_or_without_a_header_is_refused() {
    for (file, field) in [(&b""[..], "header"), (b"prefix,price_per_minute\n", "file"), (b"44,0.01\n", "header")] {
        assert_eq!(rates(file).unwrap_err()[0].field, field);
    }
}

/// Pieces of files, good and bad, that a shuffled file is made of.
const PIECES: [&str; 24] = [
    "prefix",
    "price",
    "Rate (USD)",
    "destination",
    "44",
    "+44 20",
    "0,01",
    "0.01",
    "$",
    "€",
    ",",
    ";",
    "\t",
    "|",
    "\n",
    "\r\n",
    "\"",
    " ",
    "-",
    "=\"",
    "é",
    "\0",
    "UTC; Mo 08:00-09:00 1",
    "60/6",
];

proptest! {
    #[test]
    fn what_is_written_is_read_again(deck in decks(40)) {
        let table = RateTable::of(&deck).expect("no two are the same");
        let again = rates(written(&table).as_bytes());
        // Random terms may be such that nobody could have brought them in.
        let clear = deck.iter().all(|rate| is_clear(rate).is_ok());
        prop_assert_eq!(again.ok(), (clear && !deck.is_empty()).then_some(deck));
    }

    #[test]
    fn any_bytes_are_a_deck_or_have_bad_lines(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        is_deck_or_bad(&bytes)?;
    }

    #[test]
    fn any_shuffled_file_is_a_deck_or_has_bad_lines(
        pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..80), headed in any::<bool>(),
    ) {
        let header = if headed { "prefix,price,destination\n" } else { "" };
        is_deck_or_bad(format!("{header}{}", pieces.concat()).as_bytes())?;
    }
}

/// And if it is a deck it is the same after it was written.
fn is_deck_or_bad(bytes: &[u8]) -> Result<(), TestCaseError> {
    match rates(bytes) {
        Err(bad) => prop_assert!(!bad.is_empty() && bad.iter().all(|bad| !bad.reason.is_empty())),
        Ok(deck) => {
            let table = in_dollars(bytes, "").or_else(|_| read(bytes, &Reading::from(DateTime::UNIX_EPOCH)));
            prop_assert_eq!(rates(written(&table.expect("it was read")).as_bytes()).ok(), Some(deck));
        }
    }
    Ok(())
}
