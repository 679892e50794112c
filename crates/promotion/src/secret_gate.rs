//! The gate `secrets`: what was rendered, and a package to freeze, hold no secret that the policy doesn't allow.
//!
//! Whether an entry of the allow-list still holds depends on the day, so this is no part of a render: it decides what a
//! render is used for, and no record tells of it.

use std::collections::BTreeSet;

use gitstore::Time;
use policy::{AllowedPlace, AllowedSecret, Policy};
use rendered::{Candidate, RenderFailure, RenderedDeployment, SecretFinding, SecretPlace, without_tokens};

/// Which entries of the allow-list hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expiry {
    /// Those whose last day isn't over at this time.
    At(Time),
    /// All of them.
    Ignored,
}

/// The gate, and what came of asking it.
pub(crate) struct SecretGate<'p> {
    policy: &'p Policy,
    expiry: Expiry,
    /// The places in the allow-list of the entries that something was found for, expired or not.
    used: BTreeSet<usize>,
}

impl<'p> SecretGate<'p> {
    pub(crate) fn new(policy: &'p Policy, expiry: Expiry) -> Self {
        Self { policy, expiry, used: BTreeSet::new() }
    }

    /// The findings that nothing allows, each with the allowance of it that has expired; `deployment` is where they were
    /// rendered, if they were.
    pub(crate) fn refused(
        &mut self,
        deployment: Option<&str>,
        findings: Vec<SecretFinding>,
    ) -> Vec<SecretFinding> {
        findings.into_iter().filter_map(|finding| self.refuse(deployment, finding)).collect()
    }

    fn refuse(&mut self, deployment: Option<&str>, mut finding: SecretFinding) -> Option<SecretFinding> {
        let fitting = self.policy.allowed_secrets().iter().enumerate();
        let fitting: Vec<_> = fitting.filter(|(_, allowed)| fits(allowed, deployment, &finding)).collect();
        self.used.extend(fitting.iter().map(|(index, _)| *index));
        let holds = |allowed: &AllowedSecret| match self.expiry {
            Expiry::At(now) => !allowed.is_expired(now.seconds),
            Expiry::Ignored => true,
        };
        if fitting.iter().any(|(_, allowed)| holds(allowed)) {
            return None;
        }
        let last = fitting.into_iter().map(|(_, allowed)| allowed).max_by_key(|allowed| allowed.expires);
        finding.expired = last.map(|allowed| {
            let place = self.policy.allowed_secret_place(allowed);
            format!("{place}: allowed it until {}, which is over", allowed.expires)
        });
        Some(finding)
    }

    /// A deployment with secrets that nothing allows is one that doesn't render.
    pub(crate) fn judge(
        &mut self,
        outcome: Result<RenderedDeployment, RenderFailure>,
    ) -> Result<RenderedDeployment, RenderFailure> {
        let mut rendered = outcome?;
        let findings = std::mem::take(&mut rendered.secrets);
        let refused = self.refused(Some(&rendered.deployment), findings);
        if refused.is_empty() {
            Ok(rendered)
        } else {
            Err(RenderFailure::of_secrets(&rendered.deployment, refused))
        }
    }

    /// Judges candidates.
    pub(crate) fn judge_all(&mut self, candidates: Vec<Candidate>) -> Vec<Candidate> {
        let judge = |candidate: Candidate| Candidate { outcome: self.judge(candidate.outcome), ..candidate };
        candidates.into_iter().map(judge).collect()
    }

    /// Which entries nothing was found for, once everything that they can be for was asked about.
    pub(crate) fn unused(&self, scope: Asked) -> Vec<String> {
        let entries = self.policy.allowed_secrets().iter().enumerate();
        let unused = entries.filter(|(index, allowed)| {
            let was_asked = scope == Asked::All || matches!(allowed.place, AllowedPlace::Object { .. });
            was_asked && !self.used.contains(index)
        });
        let warning = |(_, allowed): (usize, &AllowedSecret)| {
            let place = self.policy.allowed_secret_place(allowed);
            format!("{place}: nothing is found that this entry allows; remove it")
        };
        unused.map(warning).collect()
    }
}

/// What a gate was asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// All deployments.
    Renders,
    /// All deployments and the package.
    All,
}

/// Whether an entry is for a finding.
fn fits(allowed: &AllowedSecret, deployment: Option<&str>, finding: &SecretFinding) -> bool {
    let is_place = match (&allowed.place, &finding.place) {
        (AllowedPlace::Object { object: wanted, path: field }, SecretPlace::Object { object, path }) => {
            wanted.matches(&object.to_string()) && field.as_ref().is_none_or(|field| field.matches(path))
        }
        (AllowedPlace::File(wanted), SecretPlace::File { path, .. }) => {
            wanted.matches(path) || wanted.matches(&without_tokens(path))
        }
        (AllowedPlace::Object { .. }, SecretPlace::File { .. })
        | (AllowedPlace::File(_), SecretPlace::Object { .. }) => false,
    };
    let is_deployment =
        allowed.deployment.as_ref().is_none_or(|wanted| deployment.is_some_and(|name| wanted.matches(name)));
    let is_secret = allowed.fingerprint.as_ref().is_none_or(|wanted| wanted == finding.fingerprint.as_str());
    allowed.rule == finding.rule && is_place && is_deployment && is_secret
}
