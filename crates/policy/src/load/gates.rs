//! What a stage asks of a release before it and after it: gates and verification.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan as _};

use super::Loader;
use crate::pipeline::{Gates, VerifyCommand};
use crate::problem::{Mark, Place};
use crate::typed::Field;
use crate::window::{Period, Window};
use crate::wire;

/// How long a verification's command may take where nothing else is said.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(600);
/// The longest name of a verification's command.
const MAX_NAME: usize = 100;

impl Loader<'_> {
    /// The gates of a stage; `None` if something about them is wrong.
    pub(super) fn gates(&mut self, file: &str, owner: &str, stage: &wire::Stage) -> Option<Gates> {
        let wire = match &stage.gates {
            Field::Absent => return Some(Gates::default()),
            Field::Invalid(_) => return None,
            Field::Given(wire, _) => wire,
        };
        let legacy_gitflow = self.legacy_gate(file, owner, stage, &wire.legacy_gitflow);
        let soak = self.optional(&wire.soak, |loader, text, mark| {
            let soak = loader.duration(file, text, mark)?;
            let from = stage.from.get();
            if from.is_some_and(|from| from.warehouse.get().is_some()) {
                let message =
                    format!("{owner} takes releases straight from the warehouse, where none can soak");
                let hint = "remove `soak`, or let the stage take releases from another one".to_owned();
                loader.report.error(Place::at(file, mark), message, Some(hint));
                return None;
            }
            Some(soak)
        });
        let window = self.optional(&wire.window, |loader, window, mark| loader.window(file, window, mark));
        Some(Gates { legacy_gitflow: legacy_gitflow?, soak: soak?, window: window? })
    }

    /// What a field stands for: `Some(None)` where it isn't there, `None` where it is wrong.
    fn optional<W, T>(
        &mut self,
        field: &Field<W>,
        read: impl FnOnce(&mut Self, &W, Mark) -> Option<T>,
    ) -> Option<Option<T>> {
        match field {
            Field::Absent => Some(None),
            Field::Invalid(_) => None,
            Field::Given(value, mark) => read(self, value, *mark).map(Some),
        }
    }

    fn legacy_gate(
        &mut self,
        file: &str,
        owner: &str,
        stage: &wire::Stage,
        gate: &Field<bool>,
    ) -> Option<Option<String>> {
        match (gate, &stage.legacy) {
            (Field::Invalid(_), _) | (_, Field::Invalid(_)) => None,
            (Field::Absent | Field::Given(false, _), _) => Some(None),
            (Field::Given(true, _), Field::Given(environment, _)) => Some(Some(environment.clone())),
            (Field::Given(true, mark), Field::Absent) => {
                let message = format!("`legacyGitflow` of {owner} needs to know the environment there");
                let hint = "say `legacy: NAME` in the stage".to_owned();
                self.report.error(Place::at(file, *mark), message, Some(hint));
                None
            }
        }
    }

    pub(super) fn duration(&mut self, file: &str, text: &str, mark: Mark) -> Option<Duration> {
        let parsed = text.parse::<SignedDuration>().ok().and_then(|parsed| Duration::try_from(parsed).ok());
        let duration = parsed.filter(|duration| !duration.is_zero());
        if duration.is_none() {
            let hint = "write it as 90s, 30m, 2h or 1h30m".to_owned();
            let message = format!("{text:?} is no length of time");
            self.report.error(Place::at(file, mark), message, Some(hint));
        }
        duration
    }

    fn window(&mut self, file: &str, wire: &wire::Window, mark: Mark) -> Option<Window> {
        let time_zone = match &wire.time_zone {
            Field::Given(name, mark) => {
                let zone = TimeZone::get(name).ok();
                if zone.is_none() {
                    let hint = "write it as in the IANA database: America/Los_Angeles, Europe/Berlin, UTC";
                    let message = format!("{name:?} is no time zone");
                    self.report.error(Place::at(file, *mark), message, Some(hint.to_owned()));
                }
                zone
            }
            Field::Invalid(_) => None,
            Field::Absent => {
                self.missing(file, mark, "the window", "timeZone", "timeZone: America/Los_Angeles");
                None
            }
        };
        let open = self.periods(file, &wire.open);
        let closed = self.periods(file, &wire.closed);
        if matches!((&wire.open, &wire.closed), (Field::Absent, Field::Absent)) {
            let hint = "say `open: [ … ]` or `closed: [ … ]`, or leave the window out".to_owned();
            self.report.error(Place::at(file, mark), "a window without times", Some(hint));
        }
        Some(Window { time_zone: time_zone?, open: open?, closed: closed? })
    }

    fn periods(&mut self, file: &str, field: &Field<Vec<Field<wire::Period>>>) -> Option<Vec<Period>> {
        let items = match field {
            Field::Absent => return Some(Vec::new()),
            Field::Invalid(_) => return None,
            Field::Given(items, _) => items,
        };
        let mut periods = Vec::new();
        for item in items {
            periods.push(item.given().and_then(|(wire, mark)| self.period(file, wire, mark)));
        }
        periods.into_iter().collect()
    }

    fn period(&mut self, file: &str, wire: &wire::Period, mark: Mark) -> Option<Period> {
        let reason = wire.reason.get().cloned();
        match &wire.days {
            Field::Invalid(_) => None,
            Field::Given(days, mark) => {
                if days.is_empty() {
                    let hint = "name some of mon, tue, wed, thu, fri, sat, sun".to_owned();
                    self.report.error(Place::at(file, *mark), "a period on no day", Some(hint));
                }
                let days = days.iter().filter_map(Field::get).map(|day| weekday(*day)).collect();
                let from = self.time_of_day(file, &wire.from);
                let to = self.time_of_day(file, &wire.to);
                Some(Period::Weekly { days, from: from?, to: to?, reason })
            }
            Field::Absent => {
                let from = self.moment(file, mark, "from", &wire.from, Bound::From);
                let to = self.moment(file, mark, "to", &wire.to, Bound::To);
                let (from, to) = (from?, to?);
                if to <= from {
                    let message = "the period ends before it begins";
                    let place = Place::at(file, wire.to.mark().unwrap_or(mark));
                    self.report.error(place, message, Some("exchange `from` and `to`".to_owned()));
                    return None;
                }
                Some(Period::Once { from, to, reason })
            }
        }
    }

    /// `09:00`; midnight where nothing is said.
    fn time_of_day(&mut self, file: &str, field: &Field<String>) -> Option<Time> {
        let (text, mark) = match field {
            Field::Absent => return Some(Time::midnight()),
            Field::Invalid(_) => return None,
            Field::Given(text, mark) => (text, *mark),
        };
        // The end of a day is the beginning of the next one.
        let parsed = if text == "24:00" { Some(Time::midnight()) } else { clock(text) };
        if parsed.is_none() {
            let hint = "write it as 09:00; for dates leave out `days`".to_owned();
            self.report.error(Place::at(file, mark), format!("{text:?} is no time of day"), Some(hint));
        }
        parsed
    }

    /// `2026-12-24`, `2026-12-24T12:00`
    fn moment(
        &mut self,
        file: &str,
        period: Mark,
        key: &str,
        field: &Field<String>,
        bound: Bound,
    ) -> Option<DateTime> {
        let (text, mark) = match field {
            Field::Absent => {
                let example = format!("{key}: 2026-12-24` or, for a weekly period, `days: [mon]");
                self.missing(file, period, "the period", key, &example);
                return None;
            }
            Field::Invalid(_) => return None,
            Field::Given(text, mark) => (text, *mark),
        };
        let parsed = match text.split_once('T') {
            None => text.parse::<Date>().ok().and_then(|date| match bound {
                Bound::From => Some(date.to_datetime(Time::midnight())),
                Bound::To => date.checked_add(1.day()).ok().map(|next| next.to_datetime(Time::midnight())),
            }),
            Some((date, time)) => match (date.parse::<Date>(), clock(time)) {
                (Ok(date), Some(time)) => Some(date.to_datetime(time)),
                _ => None,
            },
        };
        if parsed.is_none() {
            let hint = "write it as 2026-12-24 or 2026-12-24T12:00; for a weekly period name its `days`";
            let message = format!("{text:?} is no date");
            self.report.error(Place::at(file, mark), message, Some(hint.to_owned()));
        }
        parsed
    }

    /// The verification of a stage; `None` if something about it is wrong.
    pub(super) fn verify(
        &mut self,
        file: &str,
        owner: &str,
        stage: &wire::Stage,
    ) -> Option<Vec<VerifyCommand>> {
        let (wire, mark) = match &stage.verify {
            Field::Absent => return Some(Vec::new()),
            Field::Invalid(_) => return None,
            Field::Given(wire, mark) => (wire, *mark),
        };
        let default = self.optional(&wire.timeout, |loader, text, mark| loader.duration(file, text, mark))?;
        let default = default.unwrap_or(DEFAULT_TIMEOUT);
        let items = match &wire.commands {
            Field::Given(items, _) if !items.is_empty() => items,
            Field::Invalid(_) => return None,
            Field::Given(..) | Field::Absent => {
                let message = format!("`verify` of {owner} has no commands");
                let hint = "say `commands: [{ name: smoke, run: ./smoke.sh }]`".to_owned();
                self.report.error(Place::at(file, mark), message, Some(hint));
                return None;
            }
        };
        let mut names = BTreeSet::new();
        let mut commands = Vec::new();
        for item in items {
            let command = item.given().and_then(|(wire, mark)| {
                let command = self.verify_command(file, wire, mark, default)?;
                if names.insert(command.name.clone()) {
                    return Some(command);
                }
                let message = format!("{owner} has two checks named `{}`", command.name);
                self.report.error(Place::at(file, mark), message, Some("name one otherwise".to_owned()));
                None
            });
            commands.push(command);
        }
        commands.into_iter().collect()
    }

    fn verify_command(
        &mut self,
        file: &str,
        wire: &wire::VerifyCommand,
        mark: Mark,
        default: Duration,
    ) -> Option<VerifyCommand> {
        let name = match &wire.name {
            Field::Given(name, mark) => {
                let is_name = !name.trim().is_empty()
                    && name.len() <= MAX_NAME
                    && !name.chars().any(|c| c.is_control());
                if !is_name {
                    let hint = format!("one line of at most {MAX_NAME} bytes");
                    self.report.error(Place::at(file, *mark), "no name for a check", Some(hint));
                }
                is_name.then(|| name.clone())
            }
            Field::Invalid(_) => None,
            Field::Absent => {
                self.missing(file, mark, "the check", "name", "name: smoke");
                None
            }
        };
        let run = match &wire.run {
            Field::Given(run, mark) if run.trim().is_empty() || run.contains('\0') => {
                let hint = "write a command line for `sh -c`".to_owned();
                self.report.error(Place::at(file, *mark), "no command line", Some(hint));
                None
            }
            Field::Given(run, _) => Some(run.clone()),
            Field::Invalid(_) => None,
            Field::Absent => {
                self.missing(file, mark, "the check", "run", "run: ./smoke.sh");
                None
            }
        };
        let timeout = self.optional(&wire.timeout, |loader, text, mark| loader.duration(file, text, mark));
        Some(VerifyCommand { name: name?, run: run?, timeout: timeout?.unwrap_or(default) })
    }
}

/// Which end of a period a date is: the last day belongs to it.
#[derive(Clone, Copy)]
enum Bound {
    From,
    To,
}

/// `09:00`
fn clock(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let two_digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !two_digits(hour) || !two_digits(minute) {
        return None;
    }
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

fn weekday(day: wire::Day) -> Weekday {
    match day {
        wire::Day::Mon => Weekday::Monday,
        wire::Day::Tue => Weekday::Tuesday,
        wire::Day::Wed => Weekday::Wednesday,
        wire::Day::Thu => Weekday::Thursday,
        wire::Day::Fri => Weekday::Friday,
        wire::Day::Sat => Weekday::Saturday,
        wire::Day::Sun => Weekday::Sunday,
    }
}
