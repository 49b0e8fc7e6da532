//! How much an account may spend in a day while its money is young: in steps, each until so many days have passed.

use std::fmt;
use std::str::FromStr;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::domain::money::Money;

const MOST_STEPS: usize = 10;
const LONGEST: u16 = 366;

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WhileNew(Vec<Step>);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Step {
    days: u16,
    most: Money,
}

impl WhileNew {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// In a day, with money of this age; `None`: it is old enough.
    pub fn most(&self, age: TimeDelta) -> Option<Money> {
        self.0.iter().find(|step| age < TimeDelta::days(step.days.into())).map(|step| step.most)
    }
}

/// `1: 5, 7: 20`: under one day at most 5, under seven at most 20.
impl FromStr for WhileNew {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split([',', ';']).map(str::trim).filter(|part| !part.is_empty());
        let steps = parts.map(step).collect::<Result<Vec<_>, _>>()?;
        if steps.len() > MOST_STEPS {
            return Err(format!("has at most {MOST_STEPS} steps"));
        }
        if steps.windows(2).any(|two| two[0].days >= two[1].days) {
            return Err("has its steps in the order of their days".to_owned());
        }
        Ok(Self(steps))
    }
}

fn step(text: &str) -> Result<Step, String> {
    let bad = || format!("has {text:?}, which is no number of days with an amount, such as 7: 20");
    let (days, most) = text.split_once(':').ok_or_else(bad)?;
    let days = days.trim().parse().ok().filter(|days| (1..=LONGEST).contains(days)).ok_or_else(bad)?;
    let most = most.trim().parse::<Money>().ok().filter(|most| *most >= Money::ZERO).ok_or_else(bad)?;
    Ok(Step { days, most })
}

impl fmt::Display for WhileNew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps: Vec<_> = self.0.iter().map(|step| format!("{}: {}", step.days, step.most)).collect();
        f.write_str(&steps.join(", "))
    }
}

impl TryFrom<String> for WhileNew {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<WhileNew> for String {
    fn from(steps: WhileNew) -> Self {
        steps.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cap_loosens_with_the_age_of_the_money() {
        let steps: WhileNew = "1: 5, 7:20.5".parse().unwrap();
        assert_eq!(steps.to_string(), "1: 5.00, 7: 20.50");
        let most = |hours| steps.most(TimeDelta::hours(hours)).map(|most| most.to_string());
        assert_eq!(most(0), Some("5.00".to_owned()));
        assert_eq!(most(24), Some("20.50".to_owned()));
        assert_eq!(most(24 * 7), None);
        for bad in ["7: 20, 1: 5", "0: 5", "1 5", "1: -5", "1: much", "400: 5"] {
            assert!(bad.parse::<WhileNew>().is_err(), "{bad}");
        }
    }
}
