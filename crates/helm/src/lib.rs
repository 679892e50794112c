//! From a chart to its manifests, byte for byte as Helm prints them.
//!
//! [`load_directory`], [`load_tree`] and [`load_files`] give an immutable [`Chart`]; [`ValuesLayers`] puts
//! values together; [`render`] makes a [`Release`] of both for [`RenderOptions`]. Which Helm is imitated is a
//! [`HelmVersion`]; clock and randomness come in through a [`World`] and nowhere else.

#![deny(missing_docs)]

mod capabilities;
mod chart;
mod dialect;
mod engine;
mod excerpt;
mod files;
mod limits;
mod manifest;
mod schema;
mod structs;
mod toml;
mod values;
mod world;

pub use capabilities::{Capabilities, InvalidKubeVersion, KubeVersion};
pub use chart::{
    Annotation, ArchiveReader, Chart, ChartError, ChartFile, Dependency, ImportValues, Maintainer, Metadata,
    load, load_archive, load_directory, load_directory_within, load_files, load_tree, load_tree_within,
};
pub use dialect::{HelmBuild, HelmVersion};
pub use engine::{
    Diagnosis, Frame, OriginSource, RenderError, RenderOptions, RenderedFiles, ValuesLayer, ValuesOrigin,
    ValuesSources, check_release_name, release_name, render, render_templates,
};
pub use gostd::base64::encode as encode_base64;
pub use gostd::utf8::to_valid as valid_utf8;
pub use gostd::value::{Frozen, FrozenList, FrozenMap};
pub use gotemplate::{Level, Refusal, Site, World};
pub use limits::{Bound, Limits};
pub use manifest::{
    Crd, FlatError, Hook, Hooks, IncludeCrds, Manifest, ManifestError, OutputFile, Release, RenderedPlace,
    ShowOnlyError, Unsorted, WriteMode, show_only,
};
pub use values::{SetError, ValuesError, ValuesLayers, to_json};
pub use world::{RefusingWorld, SeededWorld};
