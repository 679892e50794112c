//! The promotion graph: references, cycles, warehouses through upstreams, branches and deployments.

use std::collections::{BTreeMap, BTreeSet};

use gitstore::BranchName;

use super::{Decoded, Loader};
use crate::name::{DeploymentName, StageName, WarehouseName};
use crate::pipeline::{Gates, Pattern, PromotionMode, Stage, Upstream, VerifyCommand};
use crate::problem::{Mark, Place};
use crate::typed::{Entries, Entry, Field};
use crate::wire;

/// A stage as the file has it, before it is known whether the graph is one.
struct Draft {
    name: StageName,
    mark: Mark,
    from: DraftFrom,
    deployments: Vec<DeploymentName>,
    promote: Option<PromotionMode>,
    legacy: Option<String>,
    branch: Option<BranchName>,
    auto: bool,
    /// `None` if something about them is wrong, which is reported.
    gates: Option<Gates>,
    verify: Option<Vec<VerifyCommand>>,
}

/// Where a draft takes freight from.
enum DraftFrom {
    Warehouse(WarehouseName),
    /// Other drafts by index.
    Stages(Vec<usize>),
    /// Reported.
    Wrong,
}

impl Loader<'_> {
    /// The stages in order, if the graph is one. All that is wrong with it is reported.
    pub(super) fn stages(
        &mut self,
        pipeline: &Decoded<wire::Pipeline>,
        deployments: &BTreeSet<DeploymentName>,
    ) -> Option<Vec<Stage>> {
        let file = pipeline.path.as_str();
        let entries = match &pipeline.wire.stages {
            Field::Given(Entries(entries), _) => entries,
            Field::Invalid(_) => return None,
            Field::Absent => {
                let hint =
                    "say `stages: { NAME: { from: { warehouse: … }, deployments: [ … ], promote: push } }`"
                        .to_owned();
                self.report.error(Place::file(file), "no `stages`", Some(hint));
                return None;
            }
        };
        let warehouses: Vec<&str> = match &pipeline.wire.warehouses {
            Field::Given(Entries(entries), _) => entries.iter().map(|entry| entry.name.as_str()).collect(),
            Field::Invalid(_) | Field::Absent => Vec::new(),
        };
        let known = Known {
            stages: entries.iter().map(|entry| entry.name.as_str()).collect(),
            warehouses,
            deployments,
        };
        let mut taken = BTreeMap::new();
        let drafts: Vec<Option<Draft>> =
            entries.iter().map(|entry| self.draft(file, entry, &known, &mut taken)).collect();
        self.check_branches(file, entries, &drafts);
        let order = self.order(file, entries, &drafts);
        let whole = drafts.len();
        let stages = self.resolve(file, drafts, &order);
        (stages.len() == whole).then_some(stages)
    }

    fn draft(
        &mut self,
        file: &str,
        entry: &Entry<wire::Stage>,
        known: &Known<'_>,
        taken: &mut BTreeMap<DeploymentName, String>,
    ) -> Option<Draft> {
        let owner = format!("the stage `{}`", entry.name);
        let name = self.name("a stage", &entry.name, Place::at(file, entry.mark), StageName::new);
        let empty;
        let wire = match &entry.value {
            Field::Given(wire, _) => wire,
            Field::Invalid(_) => return None,
            Field::Absent => {
                empty = wire::Stage {
                    from: Field::Absent,
                    deployments: Field::Absent,
                    promote: Field::Absent,
                    legacy: Field::Absent,
                    branch: Field::Absent,
                    auto: Field::Absent,
                    gates: Field::Absent,
                    verify: Field::Absent,
                };
                &empty
            }
        };
        let from = self.draft_from(file, entry.mark, &owner, &wire.from, known);
        let deployments = self.stage_deployments(file, entry, wire, known, taken);
        let promote = match wire.promote {
            Field::Given(wire::Promote::Push, _) => Some(PromotionMode::Push),
            Field::Given(wire::Promote::Review, _) => Some(PromotionMode::Review),
            Field::Invalid(_) => None,
            Field::Absent => {
                self.missing(file, entry.mark, &owner, "promote", "promote: push` or `promote: review");
                None
            }
        };
        let legacy = wire.legacy.given().and_then(|(text, mark)| {
            self.name("a legacy environment", text, Place::at(file, mark), |text| {
                DeploymentName::new(text).map(|_| text.to_owned())
            })
        });
        let branch = match &wire.branch {
            Field::Given(text, mark) => self.branch(text, Place::at(file, *mark)),
            Field::Invalid(_) => None,
            Field::Absent => name.as_ref().and_then(|name| BranchName::new(format!("stage/{name}")).ok()),
        };
        let gates = self.gates(file, &owner, wire);
        let verify = self.verify(file, &owner, wire);
        let auto = wire.auto.get().copied().unwrap_or(false);
        let mark = entry.mark;
        Some(Draft { name: name?, mark, from, deployments, promote, legacy, branch, auto, gates, verify })
    }

    fn branch(&mut self, text: &str, place: Place) -> Option<BranchName> {
        match BranchName::new(text) {
            Ok(branch) => Some(branch),
            Err(error) => {
                self.report.error(place, error.to_string(), Some("write it as `stage/NAME`".to_owned()));
                None
            }
        }
    }

    fn draft_from(
        &mut self,
        file: &str,
        mark: Mark,
        owner: &str,
        from: &Field<wire::From>,
        known: &Known<'_>,
    ) -> DraftFrom {
        let (wire, mark) = match from {
            Field::Given(wire, mark) => (wire, *mark),
            Field::Invalid(_) => return DraftFrom::Wrong,
            Field::Absent => {
                self.missing(
                    file,
                    mark,
                    owner,
                    "from",
                    "from: { warehouse: NAME }` or `from: { stages: [NAME] }",
                );
                return DraftFrom::Wrong;
            }
        };
        match (&wire.warehouse, &wire.stages) {
            (Field::Absent, Field::Absent) => {
                let hint = "say `warehouse: NAME` or `stages: [NAME]`".to_owned();
                let message = format!("{owner} takes freight from nowhere");
                self.report.error(Place::at(file, mark), message, Some(hint));
                DraftFrom::Wrong
            }
            (Field::Given(text, mark), Field::Absent) => self.draft_warehouse(file, text, *mark, known),
            (Field::Absent, Field::Given(items, mark)) => self.draft_stages(file, *mark, owner, items, known),
            (Field::Given(text, of_warehouse), Field::Given(items, mark)) => {
                let hint = "keep one of the two".to_owned();
                let message = format!("{owner} takes freight from a warehouse and from stages");
                self.report.error(Place::at(file, *mark), message, Some(hint));
                // Whatever else is wrong with either is told at once.
                self.draft_warehouse(file, text, *of_warehouse, known);
                self.draft_stages(file, *mark, owner, items, known)
            }
            (Field::Invalid(_), Field::Given(items, mark)) => {
                self.draft_stages(file, *mark, owner, items, known)
            }
            (Field::Given(text, mark), Field::Invalid(_)) => self.draft_warehouse(file, text, *mark, known),
            (Field::Invalid(_), Field::Invalid(_) | Field::Absent) | (Field::Absent, Field::Invalid(_)) => {
                DraftFrom::Wrong
            }
        }
    }

    fn draft_warehouse(&mut self, file: &str, text: &str, mark: Mark, known: &Known<'_>) -> DraftFrom {
        if !known.warehouses.contains(&text) {
            self.unknown("warehouse", text, Place::at(file, mark), known.warehouses.iter());
            return DraftFrom::Wrong;
        }
        WarehouseName::new(text).map_or(DraftFrom::Wrong, DraftFrom::Warehouse)
    }

    fn draft_stages(
        &mut self,
        file: &str,
        mark: Mark,
        owner: &str,
        items: &[Field<String>],
        known: &Known<'_>,
    ) -> DraftFrom {
        if items.is_empty() {
            let hint = "name a stage, or say `warehouse: NAME`".to_owned();
            let message = format!("{owner} takes freight from nowhere");
            self.report.error(Place::at(file, mark), message, Some(hint));
        }
        let mut upstream = Vec::new();
        for (text, mark) in items.iter().filter_map(Field::given) {
            match known.stages.iter().position(|stage| stage == text) {
                Some(index) if upstream.contains(&index) => {
                    self.twice(file, mark, format!("{owner} names the stage `{text}` twice"));
                }
                Some(index) => upstream.push(index),
                None => self.unknown("stage", text, Place::at(file, mark), known.stages.iter()),
            }
        }
        if upstream.is_empty() { DraftFrom::Wrong } else { DraftFrom::Stages(upstream) }
    }

    fn twice(&mut self, file: &str, mark: Mark, message: String) {
        self.report.error(Place::at(file, mark), message, Some("keep one of them".to_owned()));
    }

    fn stage_deployments(
        &mut self,
        file: &str,
        entry: &Entry<wire::Stage>,
        wire: &wire::Stage,
        known: &Known<'_>,
        taken: &mut BTreeMap<DeploymentName, String>,
    ) -> Vec<DeploymentName> {
        let owner = format!("the stage `{}`", entry.name);
        let patterns = match &wire.deployments {
            Field::Given(patterns, mark) => {
                if patterns.is_empty() {
                    let hint = "name at least one, or a glob such as \"prod-*\"".to_owned();
                    self.report.error(
                        Place::at(file, *mark),
                        format!("{owner} renders no deployment"),
                        Some(hint),
                    );
                }
                patterns
            }
            Field::Invalid(_) => return Vec::new(),
            Field::Absent => {
                self.missing(file, entry.mark, &owner, "deployments", "deployments: [NAME]");
                return Vec::new();
            }
        };
        let mut found = BTreeSet::new();
        let mut seen = BTreeSet::new();
        for (text, mark) in patterns.iter().filter_map(Field::given) {
            if !seen.insert(text) {
                self.twice(file, mark, format!("{owner} names the deployments `{text}` twice"));
                continue;
            }
            let place = Place::at(file, mark);
            let pattern = match Pattern::new(text) {
                Ok(pattern) => pattern,
                Err(error) => {
                    self.report.error(place, error.to_string(), error.hint());
                    continue;
                }
            };
            let matching: Vec<&DeploymentName> =
                known.deployments.iter().filter(|name| pattern.matches(name.as_str())).collect();
            if matching.is_empty() {
                match pattern {
                    Pattern::Name(_) => {
                        self.unknown("deployment", text, place.clone(), known.deployments.iter())
                    }
                    Pattern::Glob(_) => {
                        let names: Vec<&str> = known.deployments.iter().map(DeploymentName::as_str).collect();
                        let hint = if names.is_empty() {
                            "there are no deployments yet".to_owned()
                        } else {
                            format!("known deployments: {}", names.join(", "))
                        };
                        self.report.error(
                            place.clone(),
                            format!("the glob `{text}` fits no deployment"),
                            Some(hint),
                        );
                    }
                }
            }
            for name in matching {
                match taken.get(name) {
                    Some(other) if *other != entry.name => {
                        let hint =
                            "a deployment belongs to one stage: name it in one of them alone".to_owned();
                        let message = format!("the deployment `{name}` is in the stage `{other}` already");
                        self.report.error(place.clone(), message, Some(hint));
                    }
                    _ => {
                        taken.insert(name.clone(), entry.name.clone());
                        found.insert(name.clone());
                    }
                }
            }
        }
        found.into_iter().collect()
    }

    /// Two stages on one branch would overwrite each other; Git can't keep `a` and `a/b` both.
    fn check_branches(&mut self, file: &str, entries: &[Entry<wire::Stage>], drafts: &[Option<Draft>]) {
        let named: Vec<(usize, &StageName, &BranchName)> = drafts
            .iter()
            .enumerate()
            .filter_map(|(index, draft)| {
                draft.as_ref().and_then(|d| Some((index, &d.name, d.branch.as_ref()?)))
            })
            .collect();
        for (position, &(index, _, branch)) in named.iter().enumerate() {
            let mark =
                entries[index].value.get().and_then(|wire| wire.branch.mark()).unwrap_or(entries[index].mark);
            for &(_, other, other_branch) in &named[..position] {
                let below = |a: &BranchName, b: &BranchName| {
                    a.as_str().strip_prefix(b.as_str()).is_some_and(|rest| rest.starts_with('/'))
                };
                let message = if branch == other_branch {
                    format!("the branch `{branch}` is that of the stage `{other}` already")
                } else if below(branch, other_branch) || below(other_branch, branch) {
                    format!(
                        "Git can't keep the branch `{branch}` beside `{other_branch}` of the stage `{other}`"
                    )
                } else {
                    continue;
                };
                let hint = "give every stage a branch of its own".to_owned();
                self.report.error(Place::at(file, mark), message, Some(hint));
            }
        }
    }

    /// The stages that no cycle holds back, upstream first, in the order of the file where that leaves a
    /// choice.
    fn order(&mut self, file: &str, entries: &[Entry<wire::Stage>], drafts: &[Option<Draft>]) -> Vec<usize> {
        let upstream = |index: usize| match drafts[index].as_ref().map(|draft| &draft.from) {
            Some(DraftFrom::Stages(stages)) => stages.as_slice(),
            _ => &[],
        };
        let mut order: Vec<usize> = Vec::new();
        let mut left: Vec<usize> = (0..drafts.len()).collect();
        while !left.is_empty() {
            let ready =
                left.iter().position(|&index| upstream(index).iter().all(|stage| !left.contains(stage)));
            if let Some(ready) = ready {
                order.push(left.remove(ready));
                continue;
            }
            let cycle = find_cycle(&left, upstream);
            // The arrows point the way that freight goes.
            let mut names: Vec<&str> =
                cycle.iter().rev().map(|&index| entries[index].name.as_str()).collect();
            names.extend(names.first().copied());
            let first = cycle.iter().copied().min().unwrap_or_default();
            let mark =
                entries[first].value.get().and_then(|wire| wire.from.mark()).unwrap_or(entries[first].mark);
            let hint =
                "a release enters at a warehouse: let one of these stages take it from there".to_owned();
            let message = format!("the stages form a cycle: {}", names.join(" → "));
            self.report.error(Place::at(file, mark), message, Some(hint));
            left.retain(|index| !cycle.contains(index));
        }
        order
    }

    /// The finished stages in order; those with something wrong are left out.
    fn resolve(&mut self, file: &str, drafts: Vec<Option<Draft>>, order: &[usize]) -> Vec<Stage> {
        // The warehouse of a stage, and the stage where its freight enters.
        let mut warehouses: BTreeMap<usize, WarehouseName> = BTreeMap::new();
        let mut drafts = drafts;
        let names: Vec<Option<StageName>> =
            drafts.iter().map(|draft| draft.as_ref().map(|draft| draft.name.clone())).collect();
        let mut stages = Vec::new();
        for &index in order {
            let Some(draft) = drafts[index].take() else { continue };
            let (from, warehouse) = match draft.from {
                DraftFrom::Wrong => continue,
                DraftFrom::Warehouse(name) => (Upstream::Warehouse(name.clone()), Some(name)),
                DraftFrom::Stages(upstream) => {
                    let found: BTreeSet<&WarehouseName> =
                        upstream.iter().filter_map(|stage| warehouses.get(stage)).collect();
                    if found.len() > 1 {
                        let list: Vec<&str> = found.iter().map(|name| name.as_str()).collect();
                        let message = format!(
                            "the stage `{}` takes freight of several warehouses: {}",
                            draft.name,
                            list.join(", ")
                        );
                        let hint = "a stage takes one warehouse: split the stage".to_owned();
                        self.report.error(Place::at(file, draft.mark), message, Some(hint));
                        continue;
                    }
                    let warehouse = found.first().map(|name| (*name).clone());
                    let stages = upstream.iter().filter_map(|&stage| names[stage].clone()).collect();
                    (Upstream::Stages(stages), warehouse)
                }
            };
            let Some(warehouse) = warehouse else { continue };
            warehouses.insert(index, warehouse.clone());
            let (Some(promote), Some(branch)) = (draft.promote, draft.branch) else { continue };
            let (Some(gates), Some(verify)) = (draft.gates, draft.verify) else { continue };
            stages.push(Stage {
                name: draft.name,
                from,
                warehouse,
                deployments: draft.deployments,
                promote,
                legacy: draft.legacy,
                branch,
                auto: draft.auto,
                gates,
                verify,
            });
        }
        stages
    }
}

/// The names that a stage may refer to, right or wrong in themselves.
struct Known<'a> {
    stages: Vec<&'a str>,
    warehouses: Vec<&'a str>,
    deployments: &'a BTreeSet<DeploymentName>,
}

/// A cycle among nodes all of which have an upstream among them, each followed by one of its upstreams.
fn find_cycle<'a>(left: &[usize], upstream: impl Fn(usize) -> &'a [usize]) -> Vec<usize> {
    let mut path: Vec<usize> = left.first().copied().into_iter().collect();
    while let Some(&last) = path.last() {
        let Some(next) = upstream(last).iter().copied().find(|stage| left.contains(stage)) else { break };
        if let Some(start) = path.iter().position(|&stage| stage == next) {
            return path.split_off(start);
        }
        path.push(next);
    }
    path
}
