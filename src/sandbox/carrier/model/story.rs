//! For tests: a model with a hand on its clock, and a customer who answers each address with the document set for it.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::*;

pub struct Story {
    pub model: World,
    pub now: DateTime<Utc>,
    pub seen: Vec<Seen>,
    documents: HashMap<String, String>,
}

/// Something the carrier asked or told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub url: String,
    pub form: Form,
}

impl Story {
    pub fn new() -> Self {
        Self {
            model: World::new("AC00000000000000000000000000000001", "0123456789abcdef012345", Switches::default()),
            now: DateTime::UNIX_EPOCH,
            seen: Vec::new(),
            documents: HashMap::new(),
        }
    }

    /// What stands between the tags of the Response at `http://app.test/{path}`. An address without one answers 404.
    pub fn document(&mut self, path: &str, verbs: &str) {
        self.documents.insert(format!("http://app.test/{path}"), format!("<Response>{verbs}</Response>"));
    }

    /// A leg that is answered after a second and runs the document of that path.
    pub fn call(&mut self, ending: &str, path: &str) -> String {
        let (to, url) = (format!("+1500555{ending}"), format!("http://app.test/{path}"));
        let form = Form::of(&[("To", &to), ("From", "+15005550100"), ("Url", &url)]);
        let sid = self.model.create_call(&form, self.now).expect("the story is told as the carrier takes it").sid;
        self.run(2);
        sid
    }

    pub fn run(&mut self, seconds: i64) {
        let until = self.now + TimeDelta::seconds(seconds);
        self.settle();
        while let Some(next) = self.model.next_timer().filter(|next| *next <= until) {
            self.now = next;
            self.happen(Event::TimePassed);
        }
        self.now = until;
        self.happen(Event::TimePassed);
    }

    pub fn hang_up(&mut self, sid: &str) {
        self.happen(Event::PhoneHangsUp(sid.to_owned()));
    }

    pub fn redirect(&mut self, sid: &str, path: &str) {
        let form = Form::of(&[("Url", &format!("http://app.test/{path}"))]);
        self.model.update_call(sid, &form, self.now).expect("the story is told as the carrier takes it");
        self.run(2);
    }

    pub fn participant(&mut self, sid: &str, changes: &[(&str, &str)]) -> Result<Participant, Refusal> {
        let room = self.room().sid.clone();
        let answer = self.model.update_participant(&room, sid, &Form::of(changes), self.now);
        self.settle();
        answer
    }

    pub fn happen(&mut self, event: Event) {
        let actions = self.model.handle(event, self.now);
        self.answer(actions);
    }

    fn settle(&mut self) {
        let actions = self.model.take_actions();
        self.answer(actions);
    }

    fn answer(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Callback { hook, params, .. } => self.see(hook.url, params),
                Action::Fetch { request, hook, params, .. } => {
                    let reply = match self.documents.get(&hook.url).cloned() {
                        Some(body) => Reply::Document { content_type: "text/xml".to_owned(), body },
                        None => Reply::Failed { code: 11200, why: "404".to_owned() },
                    };
                    self.see(hook.url, params);
                    self.happen(Event::Fetched { request, reply });
                }
            }
        }
    }

    fn see(&mut self, url: String, params: Params) {
        let url = url.trim_start_matches("http://app.test/").to_owned();
        self.seen.push(Seen { url, form: Form(params) });
    }

    pub fn asked(&self, path: &str) -> Vec<&Form> {
        self.seen.iter().filter(|seen| seen.url == path).map(|seen| &seen.form).collect()
    }

    /// The one value told to that address, which was asked once.
    pub fn told(&self, path: &str, name: &str) -> Option<String> {
        let asked = self.asked(path);
        assert_eq!(asked.len(), 1, "{path} is asked once");
        asked[0].get(name).map(str::to_owned)
    }

    pub fn events(&self) -> Vec<&str> {
        self.seen.iter().filter_map(|seen| seen.form.get("StatusCallbackEvent")).collect()
    }

    pub fn heard(&self, sid: &str, line: &str) -> bool {
        self.model
            .call(sid)
            .expect("the story is told as the carrier takes it")
            .heard
            .iter()
            .any(|heard| heard.line == line)
    }

    pub fn last_heard(&self, sid: &str) -> &str {
        &self
            .model
            .call(sid)
            .expect("the story is told as the carrier takes it")
            .heard
            .last()
            .expect("a story looks at a call that was made")
            .line
    }

    pub fn status(&self, sid: &str) -> CallStatus {
        self.model.call(sid).expect("the story is told as the carrier takes it").status
    }

    pub fn codes(&self, sid: &str) -> Vec<u32> {
        self.model
            .call(sid)
            .expect("the story is told as the carrier takes it")
            .notices
            .iter()
            .map(|notice| notice.code)
            .collect()
    }

    pub fn room(&self) -> &Room {
        self.model.rooms().next_back().expect("the story is told as the carrier takes it")
    }

    pub fn queue(&self) -> &Queue {
        self.model.queues().next_back().expect("the story is told as the carrier takes it")
    }
}
