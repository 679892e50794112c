//! `schema`: the committed JSON Schemas are those of this build.

use crate::harness::{Sandbox, copy, workspace};

#[test]
fn the_committed_schemas_are_current() {
    let sandbox = Sandbox::new();
    let sample = sandbox.sample();
    copy(&workspace().join("docs/schemas"), &sample.path.join("docs/schemas"));
    sample.commit("Schemas");
    sample.leaves_all(&["schema", "--check"]);
    sample.leaves_all(&["schema"]);
    let path = "docs/schemas/deployment.json";
    sample.edit(path, "\"Waybill deployment\"", "\"Waybill\"");
    sample.refuses(&["schema", "--check"], 1, &[path]);
    sample.xtask(&["schema"]).ok();
    sample.is_clean();
}
