//! Times at which a stage takes releases.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;

/// When a stage takes releases: while a period of `open` holds (always, where there is none) and none of `closed`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    pub(crate) time_zone: TimeZone,
    pub(crate) open: Vec<Period>,
    pub(crate) closed: Vec<Period>,
}

/// A period on the clocks of the window's time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Period {
    /// On certain days of each week.
    Weekly {
        /// The days on which it begins.
        days: Vec<Weekday>,
        /// When it begins.
        from: Time,
        /// When it ends: on the next day where that isn't after `from`. Midnight is the end of the day.
        to: Time,
        /// Why.
        reason: Option<String>,
    },
    /// Once.
    Once {
        /// When it begins.
        from: DateTime,
        /// When it is over.
        to: DateTime,
        /// Why.
        reason: Option<String>,
    },
}

/// Whether a window is open at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WindowState {
    /// It is.
    Open,
    /// It isn't.
    Closed {
        /// When it opens, as its clocks show it with their offset; `None` where it doesn't within a year.
        opens: Option<String>,
        /// The reason of the period that closes it, where it has one.
        reason: Option<String>,
    },
}

/// How far ahead an opening is looked for.
const DAYS_AHEAD: usize = 400;

impl Period {
    fn holds(&self, at: DateTime) -> bool {
        match self {
            Self::Once { from, to, .. } => *from <= at && at < *to,
            Self::Weekly { days, from, to, .. } => {
                let (day, time) = (at.date().weekday(), at.time());
                if from < to {
                    return days.contains(&day) && *from <= time && time < *to;
                }
                // It ends on the day after the one on which it began.
                (days.contains(&day) && *from <= time) || (days.contains(&day.previous()) && time < *to)
            }
        }
    }

    /// The moments of a day at which this can begin or end.
    fn turns(&self, day: Date, turns: &mut Vec<DateTime>) {
        match self {
            Self::Weekly { from, to, .. } => {
                turns.extend([from.on_date(day), to.on_date(day)]);
            }
            Self::Once { from, to, .. } => {
                turns.extend([*from, *to].into_iter().filter(|turn| turn.date() == day));
            }
        }
    }

    fn reason(&self) -> Option<&String> {
        match self {
            Self::Weekly { reason, .. } | Self::Once { reason, .. } => reason.as_ref(),
        }
    }
}

/// A time of a day.
trait OnDate {
    fn on_date(self, date: Date) -> DateTime;
}

impl OnDate for Time {
    fn on_date(self, date: Date) -> DateTime {
        date.to_datetime(self)
    }
}

impl Window {
    /// Whether the window is open at a moment, in seconds since 1970, and else when it opens.
    pub fn at(&self, seconds: i64) -> WindowState {
        // What lies outside of the years 0 to 9999 is no moment of a window.
        let Ok(now) = Timestamp::from_second(seconds) else {
            return WindowState::Closed { opens: None, reason: None };
        };
        let now = now.to_zoned(self.time_zone.clone()).datetime();
        if self.is_open(now) {
            return WindowState::Open;
        }
        let reason = self.closed.iter().find(|period| period.holds(now)).and_then(Period::reason).cloned();
        let opens = self.next_opening(now).and_then(|opening| {
            let zoned = self.time_zone.to_zoned(opening).ok()?;
            Some(zoned.strftime("%a %Y-%m-%d %H:%M %:z").to_string())
        });
        WindowState::Closed { opens, reason }
    }

    fn is_open(&self, at: DateTime) -> bool {
        (self.open.is_empty() || self.open.iter().any(|period| period.holds(at)))
            && !self.closed.iter().any(|period| period.holds(at))
    }

    fn next_opening(&self, now: DateTime) -> Option<DateTime> {
        for day in now.date().series(jiff::Span::new().days(1)).take(DAYS_AHEAD) {
            let mut turns = Vec::new();
            self.open.iter().chain(&self.closed).for_each(|period| period.turns(day, &mut turns));
            turns.sort_unstable();
            if let Some(opening) = turns.into_iter().find(|turn| *turn > now && self.is_open(*turn)) {
                return Some(opening);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};
    use pretty_assertions::assert_eq;

    use super::*;

    fn at(window: &Window, text: &str) -> String {
        let moment: Timestamp = text.parse().unwrap();
        match window.at(moment.as_second()) {
            WindowState::Open => "open".to_owned(),
            WindowState::Closed { opens, reason } => format!("{opens:?} {reason:?}"),
        }
    }

    fn window() -> Window {
        Window {
            time_zone: TimeZone::get("America/Los_Angeles").unwrap(),
            open: vec![Period::Weekly {
                days: vec![Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday],
                from: time(9, 0, 0, 0),
                to: time(16, 0, 0, 0),
                reason: None,
            }],
            closed: vec![Period::Once {
                from: date(2026, 12, 24).at(0, 0, 0, 0),
                to: date(2027, 1, 3).at(0, 0, 0, 0),
                reason: Some("holidays".to_owned()),
            }],
        }
    }

    #[test]
    fn opens_by_the_clocks_of_its_zone() {
        let window = window();
        // A Tuesday; Los Angeles is eight hours behind in winter, seven in summer.
        assert_eq!(at(&window, "2026-12-01T17:00:00Z"), "open");
        assert_eq!(at(&window, "2026-12-01T16:59:59Z"), r#"Some("Tue 2026-12-01 09:00 -08:00") None"#);
        assert_eq!(at(&window, "2026-12-02T00:00:00Z"), r#"Some("Wed 2026-12-02 09:00 -08:00") None"#);
        assert_eq!(at(&window, "2026-07-07T16:00:00Z"), "open");
        // From Thursday afternoon to Monday.
        assert_eq!(at(&window, "2026-12-04T01:00:00Z"), r#"Some("Mon 2026-12-07 09:00 -08:00") None"#);
    }

    #[test]
    fn a_closed_period_wins_and_says_why() {
        let window = window();
        assert_eq!(
            at(&window, "2026-12-24T18:00:00Z"),
            r#"Some("Mon 2027-01-04 09:00 -08:00") Some("holidays")"#
        );
        assert_eq!(at(&window, "2026-12-23T18:00:00Z"), "open");
    }

    #[test]
    fn a_period_may_end_on_the_next_day() {
        let night = |from, to| Window {
            time_zone: TimeZone::UTC,
            open: vec![Period::Weekly { days: vec![Weekday::Saturday], from, to, reason: None }],
            closed: Vec::new(),
        };
        let window = night(time(22, 0, 0, 0), time(2, 0, 0, 0));
        assert_eq!(at(&window, "2026-12-05T23:00:00Z"), "open");
        assert_eq!(at(&window, "2026-12-06T01:59:00Z"), "open");
        assert_eq!(at(&window, "2026-12-06T02:00:00Z"), r#"Some("Sat 2026-12-12 22:00 +00:00") None"#);
        assert_eq!(at(&window, "2026-12-05T01:00:00Z"), r#"Some("Sat 2026-12-05 22:00 +00:00") None"#);
        // The whole day.
        let window = night(time(0, 0, 0, 0), time(0, 0, 0, 0));
        assert_eq!(at(&window, "2026-12-05T23:59:00Z"), "open");
        assert_eq!(at(&window, "2026-12-06T00:00:00Z"), r#"Some("Sat 2026-12-12 00:00 +00:00") None"#);
    }

    #[test]
    fn what_never_opens_says_so() {
        let mut window = window();
        window.closed = vec![Period::Once {
            from: date(2000, 1, 1).at(0, 0, 0, 0),
            to: date(3000, 1, 1).at(0, 0, 0, 0),
            reason: None,
        }];
        assert_eq!(at(&window, "2026-12-01T17:00:00Z"), "None None");
        assert_eq!(window.at(i64::MAX), WindowState::Closed { opens: None, reason: None });
    }
}
