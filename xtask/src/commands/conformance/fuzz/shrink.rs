//! A difference made small: its choices are left out and lowered as long as it stays one.

use super::choices::Choices;
use super::oracle::Oracle;
use super::{Case, Difference, Judgement, compare, generator, judge};

/// Rounds without end would be possible: a case can grow while its choices shrink.
const ROUNDS: usize = 200;

/// Attempts that are rendered at once.
const ATTEMPTS: usize = 192;

/// The smallest case found that still differs. A difference may turn into another one on the way.
pub(super) fn shrink(
    oracle: &mut Oracle,
    mut found: Difference,
    mut record: Vec<u32>,
) -> anyhow::Result<Difference> {
    for _ in 0..ROUNDS {
        let Some((smaller, its_record)) = step(oracle, &found, &record)? else { break };
        (found, record) = (smaller, its_record);
    }
    Ok(found)
}

/// The first smaller case that differs too, with its choices.
fn step(
    oracle: &mut Oracle,
    found: &Difference,
    record: &[u32],
) -> anyhow::Result<Option<(Difference, Vec<u32>)>> {
    let measured = measure(&found.case, record);
    let mut smaller = candidates(record)
        .map(|candidate| {
            let mut choices = Choices::replay(candidate);
            let case = generator::case(&mut choices);
            (case, choices.into_record())
        })
        .filter(|(case, record)| measure(case, record) < measured);
    loop {
        let mut attempts: Vec<(Case, Vec<u32>)> = smaller.by_ref().take(ATTEMPTS).collect();
        if attempts.is_empty() {
            return Ok(None);
        }
        attempts.sort_by_cached_key(|(case, record)| measure(case, record));
        attempts.dedup_by(|left, right| left.0 == right.0);
        let cases: Vec<&Case> = attempts.iter().map(|(case, _)| case).collect();
        let (helms, ours) = compare(oracle, &cases)?;
        for ((case, record), (helms, ours)) in attempts.iter().zip(helms.into_iter().zip(ours)) {
            if helms.agrees(&ours) {
                continue;
            }
            if let Judgement::Differs(difference) = judge(oracle, case, helms, ours)? {
                return Ok(Some((difference, record.clone())));
            }
        }
    }
}

/// Every record a step smaller: a run of choices left out or made zero, a choice lowered.
fn candidates(record: &[u32]) -> impl Iterator<Item = Vec<u32>> {
    let runs = [64, 32, 16, 8, 4, 3, 2, 1].into_iter().flat_map(move |length| {
        let starts = (0..record.len()).step_by(usize::max(1, length / 2));
        starts.map(move |start| start..record.len().min(start + length))
    });
    let left_out = runs.clone().map(|run| [&record[..run.start], &record[run.end..]].concat());
    let zeroed = runs.filter(|run| record[run.clone()].iter().any(|choice| *choice > 0)).map(|run| {
        let mut changed = record.to_vec();
        changed[run].fill(0);
        changed
    });
    let lowered = record.iter().enumerate().flat_map(move |(index, &choice)| {
        [choice / 2, choice.saturating_sub(1)].into_iter().filter(move |lower| *lower < choice).map(
            move |lower| {
                let mut changed = record.to_vec();
                changed[index] = lower;
                changed
            },
        )
    });
    left_out.chain(zeroed).chain(lowered)
}

/// What is to become small: the text of a case, then the choices.
fn measure(case: &Case, record: &[u32]) -> (usize, usize, u64) {
    let files: usize = case.files.iter().map(|(name, text)| 20 + name.len() + text.len()).sum();
    let text = files + case.values.to_string().len();
    (text, record.len(), record.iter().map(|choice| u64::from(*choice)).sum())
}
