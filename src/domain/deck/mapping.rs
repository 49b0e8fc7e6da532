//! What somebody says of a file's columns, where its own names do not: one a line.
//!
//! ```text
//! prefix=Dial digits
//! price_per_minute=USD/min
//! ignore=Quality
//! ignore=*
//! ```

use std::fmt;
use std::str::FromStr;

use super::COLUMNS;
use super::header::CURRENCY;

/// Said of a column that is not for us; with a star, of all that are not known.
pub const IGNORE: &str = "ignore";
const MOST: usize = 100;

/// Which of our columns, and what the file calls it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Mapping(Vec<(&'static str, String)>);

impl Mapping {
    /// What a column of the file is said to be.
    pub fn of(&self, name: &str) -> Option<&'static str> {
        self.0.iter().find(|(_, said)| said.eq_ignore_ascii_case(name)).map(|(column, _)| *column)
    }

    pub fn ignores_the_rest(&self) -> bool {
        self.of("*") == Some(IGNORE)
    }

    /// Its own names of the file's columns that `known` does not have.
    pub fn missing(&self, known: impl Fn(&str) -> bool) -> Option<&str> {
        self.0.iter().map(|(_, said)| said.as_str()).find(|said| *said != "*" && !known(said))
    }
}

impl FromStr for Mapping {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        if lines.len() > MOST {
            return Err(format!("names more than {MOST} columns"));
        }
        lines.into_iter().map(read).collect::<Result<_, _>>().map(Self)
    }
}

fn read(line: &str) -> Result<(&'static str, String), String> {
    let wrong = || format!("{line:?} does not name a column as in price_per_minute=USD/min or ignore=Notes");
    let (column, said) = line.split_once('=').ok_or_else(wrong)?;
    let (column, said) = (column.trim(), said.trim());
    let known = COLUMNS.into_iter().chain([CURRENCY, IGNORE]).find(|known| known.eq_ignore_ascii_case(column));
    let known = known.ok_or_else(|| format!("{column:?} is none of {}, {CURRENCY}, {IGNORE}", COLUMNS.join(", ")))?;
    if said.is_empty() || (said == "*" && known != IGNORE) { Err(wrong()) } else { Ok((known, said.to_owned())) }
}

/// As it is read.
impl fmt::Display for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(column, said)| writeln!(f, "{column}={said}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_nonsense_is_named() {
        let mapping: Mapping = " prefix = Dial digits\n\nPRICE_PER_MINUTE=a=b\nignore=*".parse().unwrap();
        assert_eq!(mapping.to_string(), "prefix=Dial digits\nprice_per_minute=a=b\nignore=*\n");
        assert_eq!(mapping.to_string().parse(), Ok(mapping.clone()));
        assert_eq!((mapping.of("dial DIGITS"), mapping.of("x")), (Some("prefix"), None));
        for bad in ["prefix", "prefix=", "prefix=*", "price=x"] {
            assert!(bad.parse::<Mapping>().is_err(), "{bad}");
        }
    }
}
