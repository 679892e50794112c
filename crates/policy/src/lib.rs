//! Pipeline, env types and deployments: read from texts, checked as a whole, asked by name.
//!
//! [`Policy::load`] reads the pipeline file and everything that it names from a [`Source`] (the work tree,
//! or the tree of a commit) and reports all [`Problems`] at once. The policy then answers for stages in
//! order, the deployments of each, their settings, the values layers and the files that they came from. It
//! knows no freight and moves nothing.

#![deny(missing_docs)]

mod error;
mod load;
mod name;
mod nearest;
mod origins;
mod pipeline;
mod policy;
mod problem;
mod schema;
mod secrets;
mod settings;
mod source;
mod typed;
mod window;
mod wire;

pub use error::Error;
pub use name::{DeploymentName, EnvTypeName, StageName, WarehouseName};
pub use nearest::nearest;
pub use origins::Origin;
pub use pipeline::{
    Gates, ImageParts, ImageSetting, MergeMethod, Paths, PromotionMode, Review, ReviewProvider, Stage,
    Upstream, VerifyCommand, Warehouse,
};
pub use policy::{Deployment, EnvType, Layer, LiveSource, Policy};
pub use problem::{Mark, Problem, Problems, Severity};
pub use schema::{deployment_schema, pipeline_schema};
pub use secrets::{AllowedPlace, AllowedSecret, SECRET_RULES, Wildcard};
pub use settings::{Nondeterminism, Settings};
pub use source::{GitTree, Source, SourceEntry, SourceFile, WorkTree};
pub use window::{Period, Window, WindowState};
