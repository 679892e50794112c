//! Scalars of our own YAML files: quoted wherever a reader could take them for something else.
