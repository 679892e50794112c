//! The pipeline file's own parts: paths, the Helm version and the warehouses.

use gitstore::RepoPath;
use helm::HelmVersion;

use super::{Decoded, Loader};
use crate::name::WarehouseName;
use crate::nearest::nearest;
use crate::pipeline::{ImageSetting, PLACEHOLDERS, Paths, WAREHOUSE_PLACEHOLDER, Warehouse};
use crate::problem::Place;
use crate::typed::{Entries, Entry, Field};
use crate::wire;

impl Loader<'_> {
    /// The paths; a wrong one is reported and the default stands in for it.
    pub(super) fn paths(&mut self, pipeline: &Decoded<wire::Pipeline>) -> Paths {
        let none = wire::Paths::default();
        let wire = pipeline.wire.paths.get().unwrap_or(&none);
        let mut path = |field: &Field<String>, default: &str| {
            field
                .given()
                .and_then(|(text, mark)| self.path(text, Place::at(&pipeline.path, mark)))
                .unwrap_or_else(|| RepoPath::new(default).expect("the defaults are valid paths"))
        };
        let paths = Paths {
            freight: path(&wire.freight, "freight").to_string(),
            env_types: path(&wire.env_types, "envs/envTypes"),
            deployments: path(&wire.deployments, "envs/deployments"),
            rendered: path(&wire.rendered, "rendered"),
        };
        self.check_overlaps(pipeline, wire, &paths);
        let split = |part: &str| part != WAREHOUSE_PLACEHOLDER && part.contains(WAREHOUSE_PLACEHOLDER);
        if paths.freight.split('/').any(split) {
            let place = Place { path: pipeline.path.clone(), mark: wire.freight.mark() };
            let hint =
                format!("write it between slashes, such as warehouses/{WAREHOUSE_PLACEHOLDER}/freight");
            let message = format!("`{WAREHOUSE_PLACEHOLDER}` is a whole directory of the path or none");
            self.report.error(place, message, Some(hint));
        }
        paths
    }

    /// What is generated must not lie where policy lies, or one would remove the other.
    fn check_overlaps(&mut self, pipeline: &Decoded<wire::Pipeline>, wire: &wire::Paths, paths: &Paths) {
        let freight = match paths.freight.split_once(WAREHOUSE_PLACEHOLDER) {
            None => RepoPath::new(&paths.freight).ok(),
            // Around a placeholder the directories are siblings of others on purpose.
            Some(_) => None,
        };
        let generated = [
            ("freight", freight.as_ref(), &wire.freight),
            ("rendered", Some(&paths.rendered), &wire.rendered),
        ];
        let policy = [
            ("envTypes", &paths.env_types, &wire.env_types),
            ("deployments", &paths.deployments, &wire.deployments),
        ];
        let overlap = |a: &RepoPath, b: &RepoPath| a.starts_with(b) || b.starts_with(a);
        let mut found = Vec::new();
        if let (Some(freight), rendered) = (&freight, &paths.rendered)
            && overlap(freight, rendered)
        {
            found.push(("freight", "rendered", wire.rendered.mark().or(wire.freight.mark())));
        }
        for (name, path, field) in generated {
            for (other, other_path, other_field) in policy {
                if path.is_some_and(|path| overlap(path, other_path)) {
                    found.push((name, other, field.mark().or(other_field.mark())));
                }
            }
        }
        for (one, other, mark) in found {
            let place = Place { path: pipeline.path.clone(), mark };
            let hint = "give each a directory of its own".to_owned();
            self.report.error(place, format!("the paths of `{one}` and `{other}` overlap"), Some(hint));
        }
    }

    /// Nor where a package or the pipeline file lies.
    pub(super) fn check_packages(
        &mut self,
        pipeline: &Decoded<wire::Pipeline>,
        paths: &Paths,
        warehouses: &[Warehouse],
    ) {
        let none = wire::Paths::default();
        let wire = pipeline.wire.paths.get().unwrap_or(&none);
        let overlap = |a: &RepoPath, b: &RepoPath| a.starts_with(b) || b.starts_with(a);
        let mut found = Vec::new();
        for warehouse in warehouses {
            let generated = [
                ("rendered", paths.rendered.clone(), wire.rendered.mark()),
                ("freight", paths.freight(&warehouse.name), wire.freight.mark()),
            ];
            for (name, path, mark) in generated {
                if overlap(&path, &warehouse.package) {
                    found.push((
                        mark,
                        format!("the path of `{name}` and the package {} overlap", warehouse.package),
                    ));
                }
            }
        }
        if let Ok(file) = RepoPath::new(&pipeline.path)
            && file.starts_with(&paths.rendered)
        {
            found.push((wire.rendered.mark(), "the path of `rendered` holds the pipeline file".to_owned()));
        }
        for (mark, message) in found {
            let hint = "give what is generated a directory of its own".to_owned();
            self.report.error(Place { path: pipeline.path.clone(), mark }, message, Some(hint));
        }
    }

    pub(super) fn helm(&mut self, pipeline: &Decoded<wire::Pipeline>) -> Option<HelmVersion> {
        match &pipeline.wire.helm {
            Field::Absent => Some(HelmVersion::default()),
            Field::Invalid(_) => None,
            Field::Given(text, mark) => {
                let version = HelmVersion::parse(text);
                if version.is_none() {
                    let known: Vec<&str> = HelmVersion::known().collect();
                    let hint = format!("known: {}", known.join(", "));
                    let message = format!("unknown Helm version {text:?}");
                    self.report.error(Place::at(&pipeline.path, *mark), message, Some(hint));
                }
                version
            }
        }
    }

    /// The warehouses that are right; `None` if the key as a whole is missing or wrong.
    pub(super) fn warehouses(&mut self, pipeline: &Decoded<wire::Pipeline>) -> Option<Vec<Warehouse>> {
        let entries = match &pipeline.wire.warehouses {
            Field::Given(Entries(entries), _) => entries,
            Field::Invalid(_) => return None,
            Field::Absent => {
                let hint = "say `warehouses: { NAME: { package: helm } }`".to_owned();
                self.report.error(Place::file(&pipeline.path), "no `warehouses`", Some(hint));
                return None;
            }
        };
        Some(entries.iter().filter_map(|entry| self.warehouse(&pipeline.path, entry)).collect())
    }

    fn warehouse(&mut self, file: &str, entry: &Entry<wire::Warehouse>) -> Option<Warehouse> {
        let name = self.name("a warehouse", &entry.name, Place::at(file, entry.mark), WarehouseName::new);
        let owner = format!("the warehouse `{}`", entry.name);
        let wire = match &entry.value {
            Field::Given(wire, _) => wire,
            Field::Invalid(_) => return None,
            Field::Absent => {
                self.missing(file, entry.mark, &owner, "package", "package: helm");
                return None;
            }
        };
        let package = match &wire.package {
            Field::Given(text, mark) => self.path(text, Place::at(file, *mark)).map(|path| (path, *mark)),
            Field::Invalid(_) => None,
            Field::Absent => {
                self.missing(file, entry.mark, &owner, "package", "package: helm");
                None
            }
        };
        let (image_repository, image_set) = match wire.image.get() {
            Some(image) => (self.image_repository(file, image), self.image_set(file, image)),
            None => (None, Vec::new()),
        };
        let (package, package_mark) = package?;
        Some(Warehouse { name: name?, package, package_mark, image_repository, image_set })
    }

    fn image_repository(&mut self, file: &str, image: &wire::Image) -> Option<String> {
        let (text, mark) = image.repository.given()?;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | ':');
        let last = text.rsplit('/').next().unwrap_or_default();
        if text.is_empty() || last.is_empty() || last.contains(':') || !text.chars().all(plain) {
            let hint =
                "write registry and repository without tag or digest, such as ghcr.io/owner/name".to_owned();
            self.report.error(Place::at(file, mark), format!("{text:?} is no image repository"), Some(hint));
            return None;
        }
        Some(text.clone())
    }

    fn image_set(&mut self, file: &str, image: &wire::Image) -> Vec<ImageSetting> {
        let Some(Entries(entries)) = image.set.get() else { return Vec::new() };
        let mut settings = Vec::new();
        for entry in entries {
            if entry.name.is_empty() || entry.name.contains(['=', ',']) {
                let hint =
                    "write one key as --set has it left of the equals sign, such as app.image".to_owned();
                self.report.error(
                    Place::at(file, entry.mark),
                    format!("{:?} is no values key", entry.name),
                    Some(hint),
                );
            }
            match &entry.value {
                Field::Given(template, mark) => {
                    self.check_template(Place::at(file, *mark), template);
                    settings.push(ImageSetting { key: entry.name.clone(), template: template.clone() });
                }
                Field::Invalid(_) => {}
                Field::Absent => {
                    let hint = format!("write a text with one of {}, in quotes", PLACEHOLDERS.join(" "));
                    let message = format!("the values key `{}` is set to nothing", entry.name);
                    self.report.error(Place::at(file, entry.mark), message, Some(hint));
                }
            }
        }
        settings
    }

    fn check_template(&mut self, place: Place, template: &str) {
        let mut rest = template;
        while let Some(at) = rest.find(['{', '}']) {
            rest = &rest[at..];
            if let Some(known) = PLACEHOLDERS.iter().find(|known| rest.starts_with(**known)) {
                rest = &rest[known.len()..];
                continue;
            }
            let end = rest.find('}').map_or(rest.len(), |end| end + 1);
            let found = &rest[..end];
            let hint = match nearest(found, &PLACEHOLDERS) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known: {}", PLACEHOLDERS.join(" ")),
            };
            self.report.error(place.clone(), format!("unknown placeholder `{found}`"), Some(hint));
            rest = &rest[end..];
        }
    }
}
