//! Every setting: its name, default and meaning. The environment goes before the file given by `--config`, whose keys
//! are the same names. Secrets do not print.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::Path;
use std::str::FromStr;

use chrono::TimeDelta;
use secrecy::SecretString;

use crate::domain::call::Timing;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::rating::margin::CarrierBilling;
use crate::domain::rating::notation::price;
use crate::domain::two_persons::Limits;
use crate::domain::voucher::PinKey;
use crate::flows::Rules;

/// A setting for the table in README, and its default; `None` where it must be given if the part it is for is used.
pub struct Setting {
    pub name: &'static str,
    pub default: Option<&'static str>,
    pub meaning: &'static str,
}

const fn setting(name: &'static str, default: Option<&'static str>, meaning: &'static str) -> Setting {
    Setting { name, default, meaning }
}

#[rustfmt::skip]
pub const SETTINGS: &[Setting] = &[
    setting("TALKTIME_DATABASE_URL", Some("sqlite:talktime.sqlite"), "`sqlite:PATH` or `postgres://…`"),
    setting("TALKTIME_DATABASE_CONNECTIONS", Some("10"), "connections to the database at most"),
    setting("TALKTIME_DECK_MEMORY_MB", Some("512"), "memory that rate decks in effect may take at most, so that no call asks the database for its rates: 40 to 130 MB for a million; 0 for none"),
    setting("TALKTIME_DECKS_LOOK_SECONDS", Some("60"), "how often this service looks for rate decks that another node has taken and that will be in effect soon; a rate that is in no deck in memory makes it look at once"),
    setting("TALKTIME_JOBS_LOOK_SECONDS", Some("5"), "how often this service looks for jobs that another node has made or left behind; its own start when they are due"),
    setting("TALKTIME_LISTEN", Some("127.0.0.1:8080"), "address and port to serve on"),
    setting("TALKTIME_PUBLIC_URL", Some("http://127.0.0.1:8080"), "where browsers, carrier and card processor reach this service; cookies are secure if it begins with https"),
    setting("TALKTIME_TRUSTED_PROXIES", None, "addresses of proxies before this service, separated by commas: whom they name in X-Forwarded-For is taken for who asks"),
    setting("TALKTIME_SESSION_SECRET", None, "64 bytes or more that sign cookies, the same on every node; made at start, and lost at the next, if not given"),
    setting("TALKTIME_ADMIN_TOKEN", None, "a bearer token of the API that may do everything; others are made and revoked at `/admin/tokens`"),
    setting("TALKTIME_TWILIO_ACCOUNT_SID", None, "the carrier's account"),
    setting("TALKTIME_TWILIO_AUTH_TOKEN", None, "its secret: for orders and for the signatures of webhooks"),
    setting("TALKTIME_TWILIO_API_BASE", Some("https://api.twilio.com"), "where orders to the carrier go"),
    setting("TALKTIME_TWILIO_CALLER_ID", None, "the number calls are made from"),
    setting("TALKTIME_STRIPE_SECRET_KEY", None, "the card processor's key; a key that begins with sk_live is real money"),
    setting("TALKTIME_STRIPE_WEBHOOK_SECRET", None, "secret of its webhook's signatures; several, during a change, separated by commas"),
    setting("TALKTIME_STRIPE_API_BASE", Some("https://api.stripe.com"), "where requests to the card processor go"),
    setting("TALKTIME_CARD_PROCESSOR", Some("stripe"), "`stripe` or `hyperswitch`: who takes new payments and saves new cards; what was begun with the other goes on there, as long as its key is set"),
    setting("TALKTIME_HYPERSWITCH_API_KEY", None, "the key of the other card processor; one that begins with snd_ or dev_ is play money"),
    setting("TALKTIME_HYPERSWITCH_WEBHOOK_SECRET", None, "its payment response hash key, which signs its webhooks; several, during a change, separated by commas"),
    setting("TALKTIME_HYPERSWITCH_API_BASE", Some("https://api.hyperswitch.io"), "where requests to it go"),
    setting("TALKTIME_HYPERSWITCH_PROFILE_ID", None, "its profile for our payments, if there are several"),
    setting("TALKTIME_CATCH_UP", Some("true"), "whether card processors are asked at start and every ten minutes what they have told lately, so that nothing is lost while their webhooks do not reach this service"),
    setting("TALKTIME_LEAD_SECONDS", Some("60"), "the checkpoint's distance from the end of the paid time"),
    setting("TALKTIME_DECIDE_SECONDS", Some("15"), "before the end: warn if there is still no money"),
    setting("TALKTIME_REDIRECT_BY_SECONDS", Some("8"), "before the end: past this no leg is redirected any more"),
    setting("TALKTIME_MOST_CALL_SECONDS", Some("14400"), "the carrier's longest call"),
    setting("TALKTIME_LEAST_CALL_SECONDS", Some("10"), "a call that cannot last so long is refused"),
    setting("TALKTIME_MOST_LEGS", Some("6"), "phones in one call at most, the caller's own included"),
    setting("TALKTIME_MOST_LIVE_CALLS", Some("2"), "calls of one account at the same time"),
    setting("TALKTIME_ALONE_SECONDS", Some("10"), "how long somebody may be alone in a call before it is ended"),
    setting("TALKTIME_MOST_QUEUE_SECONDS", Some("600"), "how long a transferred call may wait in a queue"),
    setting("TALKTIME_RING_SECONDS", Some("45"), "how long a phone rings"),
    setting("TALKTIME_HOLD_MUSIC_URL", None, "the sound file that waiting phones hear; a quiet one of our own if not given"),
    setting("TALKTIME_HOLD_MUSIC_SECONDS", Some("8"), "how long that file lasts"),
    setting("TALKTIME_QUEUE_HOLD", Some("false"), "whether a call of two may be held in a queue of the carrier's: off, since no document of the carrier says what becomes of a phone in a queue while this service cannot be reached; if it stays there, the house pays for it"),
    setting("TALKTIME_VOUCHER_KEY", None, "a secret of 32 bytes or more under which PINs of vouchers are kept, the same on every node and for as long as vouchers are about; without it none are printed and none redeemed"),
    setting("TALKTIME_TWO_PERSONS_ABOVE", None, "a credit, debit, promotional credit or batch of vouchers by hand above this waits until a second person approves it: an amount in units of whichever currency, and others for some, such as `1000, JPY=150000`; without it one person is enough for any"),
    setting("TALKTIME_CARRIER_PARTICIPANT_PRICE", Some("0.0018"), "what the carrier takes for each begun minute of each phone in a conference, besides the price of its call, in the currency of the cost deck that margins are checked by"),
    setting("TALKTIME_LOG", Some("info,actix_server=warn"), "what is logged: error, warn, info, debug, or a filter by module"),
    setting("TALKTIME_LOG_JSON", Some("false"), "log lines as JSON"),
];

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read the file of settings: {0}")]
    File(String),
    #[error("{0} must be set")]
    Missing(&'static str),
    #[error("{name} is {value:?}, which is not {expected}")]
    Bad { name: &'static str, value: String, expected: &'static str },
    #[error("there is no setting {0:?}")]
    Unknown(String),
}

/// Where settings come from.
#[derive(Default, Clone)]
pub struct Settings(HashMap<String, String>);

impl Settings {
    pub fn from_environment(file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut values = HashMap::new();
        if let Some(file) = file {
            let text = std::fs::read_to_string(file).map_err(|error| ConfigError::File(error.to_string()))?;
            let table: toml::Table =
                text.parse().map_err(|error: toml::de::Error| ConfigError::File(error.to_string()))?;
            for (name, value) in table {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                values.insert(name, value);
            }
        }
        values.extend(std::env::vars().filter(|(name, _)| name.starts_with("TALKTIME_")));
        Self::from_pairs(values)
    }

    /// A misspelt name is an error, not a setting without effect.
    pub fn from_pairs(values: impl IntoIterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let values: HashMap<_, _> = values.into_iter().collect();
        match values.keys().find(|name| SETTINGS.iter().all(|known| known.name != name.as_str())) {
            Some(unknown) => Err(ConfigError::Unknown(unknown.clone())),
            None => Ok(Self(values)),
        }
    }

    fn given(&self, name: &'static str) -> Option<&str> {
        let default = SETTINGS.iter().find(|known| known.name == name).and_then(|known| known.default);
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty()).or(default)
    }

    fn required(&self, name: &'static str) -> Result<&str, ConfigError> {
        self.given(name).ok_or(ConfigError::Missing(name))
    }

    fn parsed<T: FromStr>(&self, name: &'static str, expected: &'static str) -> Result<T, ConfigError> {
        let value = self.required(name)?;
        value.parse().map_err(|_| ConfigError::Bad { name, value: value.to_owned(), expected })
    }

    fn seconds(&self, name: &'static str) -> Result<TimeDelta, ConfigError> {
        self.parsed::<u32>(name, "a whole number of seconds").map(|seconds| TimeDelta::seconds(seconds.into()))
    }

    fn secret(&self, name: &'static str) -> Option<SecretString> {
        self.given(name).map(SecretString::from)
    }

    /// Must be given as it is or not at all; shown in an error only by name.
    fn required_secret(&self, name: &'static str) -> Result<SecretString, ConfigError> {
        self.secret(name).ok_or(ConfigError::Missing(name))
    }

    /// Without a slash at the end.
    fn base(&self, name: &'static str) -> Result<String, ConfigError> {
        let value = self.required(name)?;
        match url::Url::parse(value) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(value.trim_end_matches('/').to_owned()),
            Ok(_) | Err(_) => {
                Err(ConfigError::Bad { name, value: value.to_owned(), expected: "an http or https address" })
            }
        }
    }

    fn trusted_proxies(&self) -> Result<Vec<IpAddr>, ConfigError> {
        let name = "TALKTIME_TRUSTED_PROXIES";
        let given = self.given(name).unwrap_or_default();
        let read = |proxy: &str| {
            let bad = |_| ConfigError::Bad { name, value: proxy.to_owned(), expected: "an IP address" };
            proxy.parse::<IpAddr>().map(|proxy| proxy.to_canonical()).map_err(bad)
        };
        given.split(',').map(str::trim).filter(|proxy| !proxy.is_empty()).map(read).collect()
    }

    pub fn database(&self) -> Result<Database, ConfigError> {
        Ok(Database {
            url: self.required("TALKTIME_DATABASE_URL")?.to_owned(),
            connections: self.parsed("TALKTIME_DATABASE_CONNECTIONS", "a whole number")?,
        })
    }

    fn deck_memory(&self) -> Result<usize, ConfigError> {
        self.parsed::<u16>("TALKTIME_DECK_MEMORY_MB", "a whole number up to 65535").map(|mb| usize::from(mb) << 20)
    }

    pub fn log(&self) -> Result<(String, bool), ConfigError> {
        Ok((self.required("TALKTIME_LOG")?.to_owned(), self.parsed("TALKTIME_LOG_JSON", "true or false")?))
    }

    /// Credentials of the carrier alone, and below of each card processor: the sandbox uses the same names.
    pub fn carrier(&self) -> Result<CarrierConfig, ConfigError> {
        Ok(CarrierConfig {
            account_sid: self.required("TALKTIME_TWILIO_ACCOUNT_SID")?.to_owned(),
            auth_token: self.required_secret("TALKTIME_TWILIO_AUTH_TOKEN")?,
            api_base: self.base("TALKTIME_TWILIO_API_BASE")?,
        })
    }

    /// Whoever has a key is set up; the chosen one has to be.
    pub fn cards(&self) -> Result<CardsConfig, ConfigError> {
        let name = "TALKTIME_CARD_PROCESSOR";
        let chosen = match self.required(name)? {
            "stripe" => Chosen::Stripe,
            "hyperswitch" => Chosen::Hyperswitch,
            other => {
                return Err(ConfigError::Bad { name, value: other.to_owned(), expected: "stripe or hyperswitch" });
            }
        };
        let wanted = |key, choice| self.given(key).is_some() || chosen == choice;
        let stripe = wanted("TALKTIME_STRIPE_SECRET_KEY", Chosen::Stripe).then(|| self.stripe()).transpose()?;
        let hyperswitch =
            wanted("TALKTIME_HYPERSWITCH_API_KEY", Chosen::Hyperswitch).then(|| self.hyperswitch()).transpose()?;
        Ok(CardsConfig { chosen, stripe, hyperswitch })
    }

    pub fn stripe(&self) -> Result<StripeConfig, ConfigError> {
        Ok(StripeConfig {
            secret_key: self.required_secret("TALKTIME_STRIPE_SECRET_KEY")?,
            webhook_secrets: self.secrets("TALKTIME_STRIPE_WEBHOOK_SECRET")?,
            api_base: self.base("TALKTIME_STRIPE_API_BASE")?,
            live: self.required("TALKTIME_STRIPE_SECRET_KEY")?.starts_with("sk_live"),
        })
    }

    pub fn hyperswitch(&self) -> Result<HyperswitchConfig, ConfigError> {
        let key = self.required("TALKTIME_HYPERSWITCH_API_KEY")?;
        Ok(HyperswitchConfig {
            api_key: key.into(),
            webhook_secrets: self.secrets("TALKTIME_HYPERSWITCH_WEBHOOK_SECRET")?,
            api_base: self.base("TALKTIME_HYPERSWITCH_API_BASE")?,
            profile: self.given("TALKTIME_HYPERSWITCH_PROFILE_ID").map(str::to_owned),
            live: !["snd_", "dev_"].iter().any(|play| key.starts_with(play)),
        })
    }

    /// Several, separated by commas, while one is being replaced.
    fn secrets(&self, name: &'static str) -> Result<Vec<SecretString>, ConfigError> {
        Ok(self.required(name)?.split(',').map(|secret| SecretString::from(secret.trim())).collect())
    }

    pub fn rules(&self) -> Result<Rules, ConfigError> {
        Ok(Rules {
            timing: Timing {
                lead: self.seconds("TALKTIME_LEAD_SECONDS")?,
                decide: self.seconds("TALKTIME_DECIDE_SECONDS")?,
                redirect_by: self.seconds("TALKTIME_REDIRECT_BY_SECONDS")?,
                alone: self.seconds("TALKTIME_ALONE_SECONDS")?,
                most_queued: self.seconds("TALKTIME_MOST_QUEUE_SECONDS")?,
                most_seconds: self.seconds("TALKTIME_MOST_CALL_SECONDS")?.num_seconds(),
            },
            least_seconds: self.seconds("TALKTIME_LEAST_CALL_SECONDS")?.num_seconds(),
            most_legs: self.parsed("TALKTIME_MOST_LEGS", "a whole number")?,
            most_live_calls: self.parsed("TALKTIME_MOST_LIVE_CALLS", "a whole number")?,
            queue_hold: self.parsed("TALKTIME_QUEUE_HOLD", "true or false")?,
        })
    }

    /// Without one there are no vouchers.
    fn voucher_key(&self) -> Result<Option<PinKey>, ConfigError> {
        let name = "TALKTIME_VOUCHER_KEY";
        let hidden = || "(not shown)".to_owned();
        let short = || ConfigError::Bad { name, value: hidden(), expected: "a secret of 32 bytes or more" };
        self.secret(name).map(|secret| PinKey::new(secret).ok_or_else(short)).transpose()
    }

    /// Above what a second person is needed.
    pub fn two_persons(&self) -> Result<Limits, ConfigError> {
        let name = "TALKTIME_TWO_PERSONS_ABOVE";
        let value = self.given(name).unwrap_or_default();
        let expected = "an amount such as 1000, or amounts of currencies such as 1000, JPY=150000";
        value.parse().map_err(|_| ConfigError::Bad { name, value: value.to_owned(), expected })
    }

    /// What margins are reckoned by.
    pub fn carrier_billing(&self) -> Result<CarrierBilling, ConfigError> {
        let name = "TALKTIME_CARRIER_PARTICIPANT_PRICE";
        let value = self.required(name)?;
        let expected = "a price of a minute such as 0.0018";
        let read = price(value).map_err(|_| ConfigError::Bad { name, value: value.to_owned(), expected });
        Ok(CarrierBilling { participant_per_minute: read? })
    }

    fn hold_music(&self) -> Result<HoldMusic, ConfigError> {
        let own = format!("{}/hold-music.wav", self.base("TALKTIME_PUBLIC_URL")?);
        let url = match self.given("TALKTIME_HOLD_MUSIC_URL") {
            Some(_) => self.base("TALKTIME_HOLD_MUSIC_URL")?,
            None => own,
        };
        Ok(HoldMusic { url, seconds: self.seconds("TALKTIME_HOLD_MUSIC_SECONDS")?.num_seconds() })
    }

    pub fn service(&self) -> Result<Config, ConfigError> {
        Ok(Config {
            database: self.database()?,
            deck_memory: self.deck_memory()?,
            decks_look: self.seconds("TALKTIME_DECKS_LOOK_SECONDS")?.max(TimeDelta::seconds(1)),
            jobs_look: self.seconds("TALKTIME_JOBS_LOOK_SECONDS")?.max(TimeDelta::seconds(1)),
            listen: self.required("TALKTIME_LISTEN")?.to_owned(),
            public_url: self.base("TALKTIME_PUBLIC_URL")?,
            trusted_proxies: self.trusted_proxies()?,
            session_secret: self.secret("TALKTIME_SESSION_SECRET"),
            admin_token: self.secret("TALKTIME_ADMIN_TOKEN"),
            carrier: self.carrier()?,
            cards: self.cards()?,
            caller_id: self.parsed("TALKTIME_TWILIO_CALLER_ID", "a phone number such as +14155550123")?,
            rules: self.rules()?,
            hold_music: self.hold_music()?,
            voucher_key: self.voucher_key()?,
            two_persons: self.two_persons()?,
            catch_up: self.parsed("TALKTIME_CATCH_UP", "true or false")?,
            carrier_billing: self.carrier_billing()?,
            ring_seconds: self.parsed("TALKTIME_RING_SECONDS", "a whole number of seconds")?,
        })
    }
}

#[derive(Clone, Debug)]
pub struct HoldMusic {
    pub url: String,
    pub seconds: i64,
}

#[derive(Clone, Debug)]
pub struct Database {
    pub url: String,
    pub connections: u32,
}

#[derive(Clone, Debug)]
pub struct CarrierConfig {
    pub account_sid: String,
    pub auth_token: SecretString,
    pub api_base: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Chosen {
    Stripe,
    Hyperswitch,
}

#[derive(Clone, Debug)]
pub struct CardsConfig {
    pub chosen: Chosen,
    pub stripe: Option<StripeConfig>,
    pub hyperswitch: Option<HyperswitchConfig>,
}

#[derive(Clone, Debug)]
pub struct HyperswitchConfig {
    pub api_key: SecretString,
    pub webhook_secrets: Vec<SecretString>,
    pub api_base: String,
    pub profile: Option<String>,
    pub live: bool,
}

#[derive(Clone, Debug)]
pub struct StripeConfig {
    pub secret_key: SecretString,
    pub webhook_secrets: Vec<SecretString>,
    pub api_base: String,
    pub live: bool,
}

/// What `talktime serve` needs.
#[derive(Clone, Debug)]
pub struct Config {
    pub database: Database,
    /// Bytes.
    pub deck_memory: usize,
    /// How long a node looks at most at the decks it has before it looks for those of others.
    pub decks_look: TimeDelta,
    /// How long a node sleeps at most before it looks for jobs of others.
    pub jobs_look: TimeDelta,
    pub listen: String,
    pub public_url: String,
    pub trusted_proxies: Vec<IpAddr>,
    pub session_secret: Option<SecretString>,
    pub admin_token: Option<SecretString>,
    pub carrier: CarrierConfig,
    pub cards: CardsConfig,
    pub caller_id: PhoneNumber,
    pub rules: Rules,
    pub hold_music: HoldMusic,
    /// Under which PINs of vouchers are kept; without it there are no vouchers.
    pub voucher_key: Option<PinKey>,
    /// Above what a second person is needed.
    pub two_persons: Limits,
    /// Card processors are asked what they have told.
    pub catch_up: bool,
    pub carrier_billing: CarrierBilling,
    pub ring_seconds: u32,
}

impl Config {
    /// Whether browsers reach us by https; a proxy in front of us speaks it.
    pub fn behind_tls(&self) -> bool {
        url::Url::parse(&self.public_url).is_ok_and(|url| url.scheme() == "https")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_setting_and_a_bad_value_are_named() {
        let settings = |name: &str, value: &str| Settings::from_pairs([(name.to_owned(), value.to_owned())]);
        let unknown = settings("TALKTIME_LISTN", "x").err().map(|error| error.to_string());
        assert_eq!(unknown.as_deref(), Some("there is no setting \"TALKTIME_LISTN\""));
        let bad = settings("TALKTIME_LEAD_SECONDS", "soon").unwrap().rules().unwrap_err();
        assert_eq!(bad.to_string(), "TALKTIME_LEAD_SECONDS is \"soon\", which is not a whole number of seconds");
        let proxies = |value| settings("TALKTIME_TRUSTED_PROXIES", value).unwrap().trusted_proxies();
        assert_eq!(proxies("10.0.0.1, ::1").unwrap().len(), 2);
        assert!(proxies("10.0.0.1,proxy.internal").is_err());
    }

    #[test]
    fn a_card_processor_is_set_up_by_its_key_and_the_chosen_one_must_be() {
        let cards = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            Settings::from_pairs(pairs).unwrap().cards()
        };
        let stripe = [("TALKTIME_STRIPE_SECRET_KEY", "sk_test_1"), ("TALKTIME_STRIPE_WEBHOOK_SECRET", "x")];
        let other = [("TALKTIME_HYPERSWITCH_API_KEY", "snd_1"), ("TALKTIME_HYPERSWITCH_WEBHOOK_SECRET", "x")];
        let chosen = [("TALKTIME_CARD_PROCESSOR", "hyperswitch")];
        let alone = cards(&stripe).unwrap();
        assert!(alone.chosen == Chosen::Stripe && alone.stripe.is_some() && alone.hyperswitch.is_none());
        let both = cards(&[&stripe[..], &other, &chosen].concat()).unwrap();
        assert!(both.chosen == Chosen::Hyperswitch && both.stripe.is_some() && !both.hyperswitch.unwrap().live);
        let missing = |pairs: &[(&str, &str)]| cards(pairs).unwrap_err().to_string();
        assert_eq!(missing(&[]), "TALKTIME_STRIPE_SECRET_KEY must be set");
        assert_eq!(missing(&[&stripe[..], &chosen].concat()), "TALKTIME_HYPERSWITCH_API_KEY must be set");
        assert!(missing(&[("TALKTIME_CARD_PROCESSOR", "cash")]).ends_with("is not stripe or hyperswitch"));
    }

    #[test]
    fn secrets_do_not_print() {
        let pairs = [
            ("TALKTIME_TWILIO_ACCOUNT_SID", "AC1"),
            ("TALKTIME_TWILIO_AUTH_TOKEN", "hush"),
            ("TALKTIME_TWILIO_CALLER_ID", "+14155550123"),
            ("TALKTIME_STRIPE_SECRET_KEY", "hush"),
            ("TALKTIME_STRIPE_WEBHOOK_SECRET", "hush,hush"),
            ("TALKTIME_HYPERSWITCH_API_KEY", "hush"),
            ("TALKTIME_HYPERSWITCH_WEBHOOK_SECRET", "hush"),
            ("TALKTIME_ADMIN_TOKEN", "hush"),
            ("TALKTIME_VOUCHER_KEY", "hush hush hush hush hush hush hush"),
        ];
        let settings = Settings::from_pairs(pairs.map(|(name, value)| (name.to_owned(), value.to_owned()))).unwrap();
        assert!(!format!("{:?}", settings.service().unwrap()).contains("hush"));
    }
}
