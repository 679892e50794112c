//! A document's nodes before they are decoded: what go-yaml v2 keeps of the events.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::event::{Event, EventKind, Mark};
use crate::{Error, Parser};

/// A node's place in its tree.
pub(crate) type NodeId = usize;

/// A document as nodes that refer to each other by number.
#[derive(Debug)]
pub(crate) struct Tree<'t> {
    pub(crate) nodes: Vec<TreeNode<'t>>,
    pub(crate) root: NodeId,
}

/// One node.
#[derive(Debug)]
pub(crate) struct TreeNode<'t> {
    pub(crate) mark: Mark,
    pub(crate) kind: TreeKind<'t>,
}

/// The kinds of nodes. Tags of collections mean nothing to go-yaml.
#[derive(Debug)]
pub(crate) enum TreeKind<'t> {
    Scalar {
        value: Cow<'t, [u8]>,
        tag: Option<Cow<'t, [u8]>>,
        implicit: bool,
    },
    Alias {
        anchor: &'t [u8],
        target: NodeId,
    },
    Sequence(Vec<NodeId>),
    /// Keys and values in turn.
    Mapping(Vec<NodeId>),
}

/// Reads the first document of a stream, of so many nodes at most; `None` for a stream without documents.
pub(crate) fn read<'t>(parser: &mut Parser<'t>, allowed: u64) -> Result<Option<Tree<'t>>, Error> {
    parser.next_event()?;
    match parser.next_event()?.map(|event| event.kind) {
        Some(EventKind::DocumentStart) => {}
        _ => return Ok(None),
    }
    let mut nodes: Vec<TreeNode<'t>> = Vec::new();
    let mut anchors: HashMap<&'t [u8], NodeId> = HashMap::new();
    let mut open: Vec<NodeId> = Vec::new();
    loop {
        let Some(Event { mark, kind }) = parser.next_event()? else { return Ok(None) };
        let id = nodes.len();
        let (kind, anchor, opens) = match kind {
            EventKind::Scalar(scalar) => {
                let implicit = scalar.plain_implicit;
                (TreeKind::Scalar { value: scalar.value, tag: scalar.tag, implicit }, scalar.anchor, false)
            }
            EventKind::Alias { anchor } => {
                let Some(&target) = anchors.get(anchor) else {
                    let name = String::from_utf8_lossy(anchor);
                    let problem = format!("unknown anchor '{name}' referenced").into();
                    return Err(Error::Yaml { line: None, problem, mark: Some(mark) });
                };
                (TreeKind::Alias { anchor, target }, None, false)
            }
            EventKind::SequenceStart { anchor, .. } => (TreeKind::Sequence(Vec::new()), anchor, true),
            EventKind::MappingStart { anchor, .. } => (TreeKind::Mapping(Vec::new()), anchor, true),
            EventKind::SequenceEnd | EventKind::MappingEnd => {
                open.pop();
                if open.is_empty() {
                    break;
                }
                continue;
            }
            // The grammar has none of these within a document.
            _ => return Ok(None),
        };
        if nodes.len() as u64 >= allowed {
            return Err(Error::TooManyNodes { allowed });
        }
        nodes.push(TreeNode { mark, kind });
        if let Some(anchor) = anchor {
            anchors.insert(anchor, id);
        }
        if let Some(parent) = open.last()
            && let TreeKind::Sequence(children) | TreeKind::Mapping(children) = &mut nodes[*parent].kind
        {
            children.push(id);
        }
        if opens {
            open.push(id);
        } else if open.is_empty() {
            break;
        }
    }
    // The end of the document is read too: what follows it may not parse.
    parser.next_event()?;
    Ok(Some(Tree { nodes, root: 0 }))
}

impl Tree<'_> {
    pub(crate) fn is_mapping(&self, id: NodeId) -> bool {
        matches!(self.nodes[id].kind, TreeKind::Mapping(_))
    }

    /// Whether the node is a merge key.
    pub(crate) fn is_merge(&self, id: NodeId) -> bool {
        match &self.nodes[id].kind {
            TreeKind::Scalar { value, tag, implicit } => {
                &**value == b"<<" && (*implicit || tag.as_deref() == Some(b"tag:yaml.org,2002:merge"))
            }
            _ => false,
        }
    }
}
