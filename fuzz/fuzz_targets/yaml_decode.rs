//! Every reader of YAML: values, nodes, lists, the head of a manifest, documents, places.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let _ = goyaml::decode(text);
    let _ = goyaml::decode_map(text);
    let _ = goyaml::decode_list(text);
    let _ = goyaml::decode_node(text);
    let _ = goyaml::head(text);
    let _ = goyaml::walk_leaves(text);
    for document in goyaml::documents(text) {
        let _ = document.map(|document| goyaml::head(&document));
    }
});
