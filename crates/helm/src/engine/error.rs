//! Why a render failed: Helm's text, and what a person needs beside it.

use std::fmt;

use gotemplate::{CallError, ExecError, ParseError, Reason, Refusal};

use super::error_text;
use crate::excerpt::{Carets, Excerpt};
use crate::manifest::{ManifestError, RenderedPlace};
use crate::{Bound, HelmVersion};

/// How many callers are shown of a chain that is too long, from within and from without.
const INNERMOST: usize = 3;
const OUTERMOST: usize = 2;

/// A render failed. `Display` prints Helm's whole text; [`RenderError::diagnosis`] tells the place.
#[derive(Debug)]
pub enum RenderError {
    /// The chart isn't an application.
    NotInstallable {
        /// Its type.
        chart_type: String,
    },
    /// Declared dependencies are not in `charts/`.
    MissingDependencies {
        /// Their names.
        names: Vec<String>,
        /// Whose words are used.
        helm: HelmVersion,
    },
    /// The release name is none that Helm allows.
    ReleaseName {
        /// The name.
        name: String,
        /// Whose words are used.
        helm: HelmVersion,
    },
    /// Dependencies could not be processed.
    Dependencies {
        /// Helm's text.
        message: String,
        /// Whose words are used.
        helm: HelmVersion,
    },
    /// Values don't fit together.
    Values(String),
    /// Values don't fit the schemas: the findings, by chart.
    Schema(String),
    /// The chart wants another Kubernetes.
    KubeVersion {
        /// The chart's constraint.
        wanted: String,
        /// The version assumed.
        assumed: String,
    },
    /// A template doesn't parse.
    Parse(Box<ParseError>),
    /// A template failed.
    Exec {
        /// Where and why.
        error: Box<ExecError>,
        /// Whose words are used.
        helm: HelmVersion,
    },
    /// The templates take more memory than the render may.
    Templates {
        /// The template that is too much.
        template: String,
        /// How many bytes the render may take.
        allowed: u64,
    },
    /// The rendered templates come to more than they may.
    Output {
        /// The template whose text is too much.
        template: String,
        /// How many bytes all may come to.
        allowed: u64,
    },
    /// A rendered document isn't what Helm reads.
    Manifest(ManifestError),
}

/// The place of a failure in a template, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The innermost place first, then the calls that led there: of many the first and the last.
    pub frames: Vec<Frame>,
    /// How many calls between those are left out.
    pub elided: usize,
    /// What is wrong there, without the chain around it.
    pub message: String,
    /// The call that would have made the render irreproducible, where that is the trouble.
    pub refusal: Option<Refusal>,
    /// Whether a template on the way there asks the cluster first (`lookup`): it means to make a new value only where
    /// there is none yet, and without a cluster there never is.
    pub follows_lookup: bool,
    /// The dotted path below `.Values` that was being read, where one was.
    pub values_path: Option<String>,
}

/// One level of a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The template's file by its full name, or `gotpl` for the text of a `tpl`.
    pub file: String,
    /// The line, counted from 1.
    pub line: u32,
    /// The column in characters, counted from 1.
    pub column: u32,
    /// How many characters the node takes on that line.
    pub width: u32,
    /// The line's text.
    pub source_line: String,
    /// The template that was executing: the file's, or a `define`.
    pub template: String,
}

impl RenderError {
    /// Helm's whole text, as bytes: it may quote any.
    pub fn text(&self) -> Vec<u8> {
        match self {
            RenderError::NotInstallable { chart_type } => {
                format!("{chart_type} charts are not installable").into_bytes()
            }
            RenderError::MissingDependencies { names, helm } => {
                let (start, quote) = if helm.is_v3() { ("An", '`') } else { ("an", '\'') };
                format!(
                    "{start} error occurred while checking for chart dependencies. You may need to run \
                     {quote}helm dependency build{quote} to fetch missing dependencies: found in Chart.yaml, \
                     but missing in charts/ directory: {}",
                    names.join(", ")
                )
                .into_bytes()
            }
            RenderError::ReleaseName { name, helm } => release_name_text(name, *helm),
            RenderError::Dependencies { message, helm } if helm.is_v3() => message.clone().into_bytes(),
            RenderError::Dependencies { message, .. } => {
                format!("chart dependencies processing failed: {message}").into_bytes()
            }
            RenderError::Values(message) => message.clone().into_bytes(),
            RenderError::Schema(findings) => format!(
                "values don't meet the specifications of the schema(s) in the following chart(s):\n{findings}"
            )
            .into_bytes(),
            RenderError::KubeVersion { wanted, assumed } => format!(
                "chart requires kubeVersion: {wanted} which is incompatible with Kubernetes {assumed}"
            )
            .into_bytes(),
            RenderError::Parse(error) => error_text::parse_error(error),
            RenderError::Exec { error, helm } => error_text::exec_error(error, *helm),
            RenderError::Templates { template, allowed } => format!(
                "{template}: parsing the templates takes more than the {allowed} bytes that the render may use"
            )
            .into_bytes(),
            RenderError::Output { template, allowed } => format!(
                "{template}: with this template the output comes to more than the {allowed} bytes that it may"
            )
            .into_bytes(),
            RenderError::Manifest(error) => error.to_string().into_bytes(),
        }
    }

    /// The bound that the render went past, where that is the trouble.
    pub fn exceeded(&self) -> Option<Bound> {
        let error = match self {
            RenderError::Templates { .. } => return Some(Bound::MemoryBytes),
            RenderError::Output { .. } => return Some(Bound::OutputBytes),
            RenderError::Exec { error, .. } => error,
            _ => return None,
        };
        match &error.root().failure()?.reason {
            Reason::Budget(exceeded) | Reason::Call { error: CallError::Budget(exceeded), .. } => {
                Some(exceeded.limit.into())
            }
            _ => None,
        }
    }

    /// Whether Helm had come to rendering: its command then points to `--debug`, which shows what was rendered.
    pub fn is_of_rendering(&self) -> bool {
        match self {
            RenderError::NotInstallable { .. }
            | RenderError::MissingDependencies { .. }
            | RenderError::ReleaseName { .. }
            | RenderError::Dependencies { .. }
            | RenderError::Values(_)
            | RenderError::Schema(_) => false,
            RenderError::KubeVersion { .. }
            | RenderError::Parse(_)
            | RenderError::Exec { .. }
            | RenderError::Templates { .. }
            | RenderError::Output { .. }
            | RenderError::Manifest(_) => true,
        }
    }

    /// The place in what was rendered, where it isn't the templates that are amiss.
    pub fn rendered_place(&self) -> Option<&RenderedPlace> {
        match self {
            RenderError::Manifest(error) => Some(&error.place),
            _ => None,
        }
    }

    /// The place in the templates, where the failure has one.
    pub fn diagnosis(&self) -> Option<Diagnosis> {
        let error = match self {
            RenderError::Parse(error) => return Some(Diagnosis::of_parse(error, Vec::new())),
            RenderError::Exec { error, .. } => error,
            _ => return None,
        };
        // The innermost first.
        let mut levels: Vec<&ExecError> = error.levels().collect();
        levels.reverse();
        let failure = error.levels().filter_map(ExecError::failure).last()?;
        let refusal = match &failure.reason {
            Reason::Call { error: CallError::Refused(refusal), .. } => Some(refusal.clone()),
            Reason::Call { error: CallError::Parse { error, .. }, .. } => {
                return Some(Diagnosis::of_parse(error, levels));
            }
            _ => None,
        };
        let follows_lookup = refusal.is_some()
            && levels
                .iter()
                .filter_map(|level| level.failure())
                .any(|failure| failure.location.template().calls(&failure.template, "lookup"));
        let message = match error.root() {
            root @ ExecError::NoTemplate { .. } => lossy(&root.text()),
            ExecError::Failed(_) => lossy(&failure.description()),
        };
        let message = message
            .replace(std::str::from_utf8(super::functions::WARN_START).unwrap_or_default(), "")
            .replace(std::str::from_utf8(super::functions::WARN_END).unwrap_or_default(), "");
        let values_path = lossy(&failure.node).split_once(".Values.").map(|(_, path)| path.to_owned());
        let callers = levels.split_off(1);
        let elided = leave_out(&mut levels, callers);
        let frames = levels.into_iter().filter_map(Frame::of).collect();
        Some(Diagnosis { frames, elided, message, refusal, follows_lookup, values_path })
    }
}

impl Diagnosis {
    /// A text that doesn't parse, behind the calls that led to it.
    fn of_parse(error: &ParseError, callers: Vec<&ExecError>) -> Self {
        let place = &error.place;
        let frame = Frame::at(&error.name, place.line, &place.source_line, place.column, place.width);
        let message = lossy(&error.message);
        let message = match error.note {
            Some(note) => format!("{message}: {note}"),
            None => message,
        };
        let mut shown = Vec::new();
        let elided = leave_out(&mut shown, callers);
        let frames = std::iter::once(frame).chain(shown.into_iter().filter_map(Frame::of)).collect();
        Self { frames, elided, message, refusal: None, follows_lookup: false, values_path: None }
    }
}

/// Adds the callers to what is shown, of a long chain its ends only: to find its place in the text takes time for
/// each. Gives how many are left out.
fn leave_out<T>(shown: &mut Vec<T>, mut callers: Vec<T>) -> usize {
    let elided = match callers.len().saturating_sub(INNERMOST + OUTERMOST) {
        0 | 1 => 0,
        elided => elided,
    };
    if elided > 0 {
        callers.drain(INNERMOST..INNERMOST + elided);
    }
    shown.append(&mut callers);
    elided
}

impl Frame {
    /// `column` and `width` are in bytes here.
    fn at(file: &[u8], number: u32, line: &[u8], column: u32, width: u32) -> Self {
        let (before, rest) = line.split_at(line.len().min(column as usize));
        let width = rest.len().min(width as usize);
        let characters = |bytes: &[u8]| {
            let count = String::from_utf8_lossy(bytes).trim_end_matches('\r').chars().count();
            u32::try_from(count).unwrap_or(u32::MAX)
        };
        Self {
            file: lossy(file),
            line: number,
            column: characters(before).saturating_add(1),
            width: characters(&rest[..width]).max(1),
            source_line: lossy(line).trim_end_matches('\r').to_owned(),
            template: lossy(file),
        }
    }

    fn of(error: &ExecError) -> Option<Self> {
        let failure = error.failure()?;
        let location = &failure.location;
        let line = location.source().split(|byte| *byte == b'\n').nth(location.line as usize - 1)?;
        let width = location.span.end.saturating_sub(location.span.start);
        // Go's column is inside of the node where fields follow a term; what is shown begins with the term.
        let before = location.source().get(..location.span.start as usize).unwrap_or_default();
        let (above, inside) = match before.iter().rposition(|byte| *byte == b'\n') {
            Some(newline) => before.split_at(newline + 1),
            None => (&[][..], before),
        };
        let starts = 1 + above.iter().filter(|byte| **byte == b'\n').count();
        let column = match u32::try_from(inside.len()) {
            Ok(column) if starts == location.line as usize => column,
            _ => location.column,
        };
        let frame = Self::at(location.file(), location.line, line, column, width);
        Some(Self { template: lossy(&failure.template), ..frame })
    }
}

/// Helm's refusal of a release name (helm: pkg/chart/v2/util/validate_name.go).
fn release_name_text(name: &str, helm: HelmVersion) -> Vec<u8> {
    let context: &[u8] = if helm.is_v3() { b"" } else { b"release name check failed: " };
    let reason: &[u8] = match name {
        "" => b"no name provided",
        _ => {
            b"invalid release name, must match regex \
              ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not \
              be longer than 53"
        }
    };
    [context, b"release name ", &*gostd::strconv::quote(name.as_bytes()), b": ", reason].concat()
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&lossy(&self.text()))
    }
}

impl std::error::Error for RenderError {}

/// The innermost place with its line and a caret, then the calls that led there.
impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((first, callers)) = self.frames.split_first() else { return f.write_str(&self.message) };
        let Frame { line, column, width, .. } = *first;
        let carets = Some(Carets { line, column, width, message: &self.message });
        let excerpt = Excerpt { first: line, lines: std::slice::from_ref(&first.source_line), carets };
        let gutter = excerpt.gutter();
        write!(f, "{:gutter$}--> {}:{line}:{column}\n{excerpt}", "", first.file)?;
        let included_from = |f: &mut fmt::Formatter<'_>, caller: &Frame| {
            write!(f, "\n{:gutter$} = included from {}:{}:{}", "", caller.file, caller.line, caller.column)
        };
        if self.elided == 0 {
            return callers.iter().try_for_each(|caller| included_from(f, caller));
        }
        let (innermost, outermost) = callers.split_at(callers.len().min(INNERMOST));
        innermost.iter().try_for_each(|caller| included_from(f, caller))?;
        write!(f, "\n{:gutter$} = … {} more …", "", self.elided)?;
        outermost.iter().try_for_each(|caller| included_from(f, caller))
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn shown(callers: u32) -> String {
        let frame = |line: u32| Frame {
            file: "f".to_owned(),
            line,
            column: 1,
            width: 1,
            source_line: "x".to_owned(),
            template: "t".to_owned(),
        };
        let mut frames = vec![frame(0)];
        let elided = leave_out(&mut frames, (1..=callers).map(frame).collect());
        Diagnosis {
            frames,
            elided,
            message: "no".to_owned(),
            refusal: None,
            follows_lookup: false,
            values_path: None,
        }
        .to_string()
    }

    #[test]
    fn the_middle_of_a_long_chain_is_left_out() {
        let lines = |text: &str| -> Vec<String> {
            text.lines().skip(4).map(|line| line.trim().replace("= included from ", "")).collect()
        };
        assert_eq!(lines(&shown(1)), ["f:1:1"]);
        assert_eq!(lines(&shown(6)).len(), 6);
        assert_eq!(lines(&shown(1000)), ["f:1:1", "f:2:1", "f:3:1", "= … 995 more …", "f:999:1", "f:1000:1"]);
    }
}
