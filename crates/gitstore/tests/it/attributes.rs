//! Attributes, as `git check-attr` tells them.

use gitstore::{AttributeState, Attributes, RepoPath};
use pretty_assertions::assert_eq;

use crate::sandbox::Sandbox;

/// Attributes files by directory; every path is then asked for.
const FILES: [(&str, &str); 3] = [
    (
        "",
        "# comment filter=no\n\
         \u{20} *.indented\tfilter=blank\n\
         [attr]large filter=lfs -text\n\
         [attr]larger large other\n\
         [attr]circle circle2\n\
         [attr]circle2 circle filter=round\n\
         *.bin large\n\
         *.big larger\n\
         *.both larger -filter\n\
         *.both2 -filter larger\n\
         *.not -large\n\
         *.turn circle\n\
         \"with blank\" filter=quoted\n\
         \"t\\141b\" filter=octal\n\
         !*.negative filter=x\n\
         \\!bang filter=bang\n\
         dir/ filter=directory\n\
         /a/* filter=star\n\
         /a/**/deep filter=deep\n\
         b/** filter=below\n\
         **/c filter=anywhere\n\
         *.twice filter=one\n\
         *.twice filter=two\n\
         *.set filter\n\
         *.unset -filter\n\
         [xy]* filter=class\n\
         [attr] filter=letters\n",
    ),
    ("b", "*.near filter=near\n*.none !filter\n[attr]late filter=late\n*.late late\n/own filter=own\n"),
    ("b/d", "*.near -filter\n* other=x\n"),
];

const PATHS: [&str; 39] = [
    "plain",
    "one.indented",
    "one.bin",
    "dir/one.bin",
    "one.big",
    "one.both",
    "one.both2",
    "one.not",
    "one.turn",
    "with blank",
    "with",
    "tab",
    "one.negative",
    "!bang",
    "dir/x1",
    "dir/one",
    "e/dir",
    "a/one",
    "a/b/one",
    "a/deep",
    "a/b/c/deep",
    "b/one",
    "b/d/e/one",
    "c",
    "e/f/c",
    "one.twice",
    "one.set",
    "one.unset",
    "xylophone",
    "zebra",
    "e/y",
    "b/one.near",
    "b/d/one.near",
    "b/d/e/one.near",
    "b/d/one.none",
    "b/one.late",
    "b/own",
    "b/d/own",
    "t",
];

#[test]
fn attributes_are_told_as_git_tells_them() {
    let sandbox = Sandbox::new();
    let repository = sandbox.init("repository");
    let mut attributes = Attributes::default();
    for (directory, text) in FILES {
        let directory =
            if directory.is_empty() { RepoPath::root() } else { RepoPath::new(directory).unwrap() };
        let file = Attributes::file_of(&directory).to_path_buf();
        repository.write(file.to_str().unwrap(), text);
        attributes.add(directory, text.as_bytes());
    }
    for path in PATHS {
        let git = repository.git(&["check-attr", "-z", "filter", "--", path]);
        let git = git.split('\0').nth(2).unwrap_or_default().to_owned();
        let ours = attributes.of(&RepoPath::new(path).unwrap(), "filter");
        let said = match ours.as_ref().map(|setting| &setting.state) {
            None | Some(AttributeState::Unspecified) => "unspecified",
            Some(AttributeState::Set) => "set",
            Some(AttributeState::Unset) => "unset",
            Some(AttributeState::Value(value)) => value,
        };
        assert_eq!((path, said), (path, git.as_str()));
    }
    let setting = attributes.of(&RepoPath::new("one.twice").unwrap(), "filter").unwrap();
    assert_eq!((setting.file.to_string().as_str(), setting.line), (".gitattributes", 23));
    let setting = attributes.of(&RepoPath::new("b/one.near").unwrap(), "filter").unwrap();
    assert_eq!((setting.file.to_string().as_str(), setting.line), ("b/.gitattributes", 1));
}
