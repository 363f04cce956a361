//! How a score is said to a person: points, percent, or the class alone (SUB-19, `levels.shown` of a profile).

use crate::language::number;
use crate::profile::ScoreShown;

/// Points are log-odds: how sure they make it that a message is unwanted, percent.
pub fn percent(points: f64) -> f64 {
    100.0 / (1.0 + (-points).exp())
}

impl ScoreShown {
    /// Its name in profiles and sentences.
    pub fn name(self) -> &'static str {
        match self {
            Self::Points => "points",
            Self::Percent => "percent",
            Self::Level => "level",
        }
    }

    /// A sum of points as it is said; empty where only the class is told.
    pub fn said(self, points: f64) -> String {
        match self {
            Self::Points => number(points),
            // Never 100 %: it is a judgement.
            Self::Percent => format!("{:.0}", percent(points).clamp(1.0, 99.0)),
            Self::Level => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sum_is_said_three_ways() {
        let said =
            |points| [ScoreShown::Points, ScoreShown::Percent, ScoreShown::Level].map(|shown| shown.said(points));
        assert_eq!(said(2.2), ["2.2", "90", ""]);
        assert_eq!(said(0.0), ["0.0", "50", ""]);
        assert_eq!(said(40.0), ["40.0", "99", ""]);
        assert_eq!(said(-40.0), ["-40.0", "1", ""]);
    }
}
