//! The program as others meet it: started as a process of its own, with settings and nothing else from us.

use std::process::{Command, Output};

/// How the program is started; commands run to their end.
#[derive(Clone, Default)]
pub struct Program {
    settings: Vec<(String, String)>,
}

pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Program {
    pub fn with<'a>(settings: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let settings = settings.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self { settings: settings.chain([("TALKTIME_LOG".to_owned(), "warn".to_owned())]).collect() }
    }

    /// Whoever runs the tests may have settings of his own; these are not asked.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_talktime"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TALKTIME_")) {
            command.env_remove(name);
        }
        command.envs(self.settings.iter().cloned()).args(args);
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        let Output { status, stdout, stderr } = self.command(args).output().expect("the program starts");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it writes UTF-8");
        Ran { code: status.code(), out: text(stdout), err: text(stderr) }
    }

    /// What a command that must succeed writes, without the end of its line.
    pub fn ask(&self, args: &[&str]) -> String {
        let Ran { code, out, err } = self.run(args);
        assert_eq!(code, Some(0), "talktime {args:?}: {out}{err}");
        out.trim_end().to_owned()
    }
}
