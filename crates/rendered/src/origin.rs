//! Which of the policy's layers a value came from, found again when a render has failed.

use gitstore::RepoPath;
use helm::{Chart, HelmVersion, OriginSource, RenderError, ValuesLayer, ValuesSources};

use crate::failure::ValuesOrigin;

/// The values of one render in layers.
pub(crate) struct Layers<'a> {
    /// The chart, with its own values.
    pub(crate) chart: &'a Chart,
    /// The policy's values files, lowest first.
    pub(crate) texts: &'a [(RepoPath, Vec<u8>)],
    /// What the pipeline sets over them.
    pub(crate) set: &'a [(String, String)],
}

impl Layers<'_> {
    /// The origins of the values that a failure is about, as far as it tells which they are.
    pub(crate) fn of_error(&self, error: &RenderError, helm: HelmVersion) -> Vec<ValuesOrigin> {
        let names: Vec<String> = self.texts.iter().map(|(path, _)| path.to_string()).collect();
        let files = names.iter().zip(self.texts).map(|(name, (_, text))| ValuesLayer::File { name, text });
        let expressions: Vec<String> = self.set.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let set = expressions.iter().map(|expression| ValuesLayer::Set { flag: "--set", expression });
        let sources = ValuesSources { chart: self.chart, layers: files.chain(set).collect(), helm };
        sources.of_error(error).into_iter().filter_map(|origin| self.name(origin)).collect()
    }

    /// The origins of texts that were rendered, where values hold them, of each group that of the first text which has
    /// one: in the files alone, since what the pipeline sets is no secret.
    pub(crate) fn of_texts(&self, groups: &[Vec<&[u8]>], helm: HelmVersion) -> Vec<Option<ValuesOrigin>> {
        let names: Vec<String> = self.texts.iter().map(|(path, _)| path.to_string()).collect();
        let files = names.iter().zip(self.texts).map(|(name, (_, text))| ValuesLayer::File { name, text });
        let sources = ValuesSources { chart: self.chart, layers: files.collect(), helm };
        sources.of_texts(groups).into_iter().map(|origin| self.name(origin?)).collect()
    }

    /// The origin with the names that it has in a policy.
    fn name(&self, origin: helm::ValuesOrigin) -> Option<ValuesOrigin> {
        let helm::ValuesOrigin { key, source } = origin;
        Some(match source {
            OriginSource::File { layer, line, column, .. } => {
                let (path, _) = self.texts.get(layer)?;
                ValuesOrigin::File { key, path: path.clone(), line, column }
            }
            OriginSource::Set { layer, .. } => {
                let (key, value) = self.set.get(layer - self.texts.len())?;
                ValuesOrigin::Image { key: key.clone(), value: value.clone() }
            }
            OriginSource::Chart { file, line, column } => ValuesOrigin::Chart { key, file, line, column },
        })
    }
}
