//! The functions that templates may call, by name.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use gostd::value::{MapRef, MapType, Signature, Value};

use crate::builtins;
use crate::function::{Call, CallError, Function};

/// A method of a named map type. In templates it shadows the map's key of that name.
#[derive(Clone, Copy)]
pub struct Method {
    /// The type of map that has it.
    pub map_type: MapType,
    /// The method's name.
    pub name: &'static str,
    /// The parameters (without the receiver) and the result.
    pub signature: Signature,
    /// What it does with the receiver and arguments that fit the signature.
    pub body: for<'c, 'r> fn(&Call<'c, 'r>, MapRef<'r>, &[Value<'r>]) -> Result<Value<'r>, CallError>,
}

/// The functions and the map methods that a set of templates knows. Go's builtins are always among them.
#[derive(Clone)]
pub struct FunctionTable {
    functions: HashMap<&'static [u8], Function, BuildHasherDefault<NameHasher>>,
    methods: Vec<Method>,
}

impl FunctionTable {
    /// Go's builtins and the functions of these slices; of equal names the last wins.
    pub fn new(slices: &[&[Function]]) -> Self {
        let functions = builtins::FUNCTIONS.iter().chain(slices.iter().copied().flatten());
        Self {
            functions: functions.map(|function| (function.name.as_bytes(), *function)).collect(),
            methods: Vec::new(),
        }
    }

    /// The table with these methods of named map types.
    pub fn with_methods(mut self, methods: &[Method]) -> Self {
        self.methods.extend_from_slice(methods);
        self
    }

    /// The function of that name.
    pub fn get(&self, name: &[u8]) -> Option<&Function> {
        self.functions.get(name)
    }

    /// The names, sorted.
    pub fn names(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.functions.values().map(|function| function.name).collect();
        names.sort_unstable();
        names
    }

    /// The method of that name that a map of that type has.
    pub(crate) fn method(&self, map_type: MapType, name: &[u8]) -> Option<&Method> {
        self.methods.iter().find(|method| method.map_type == map_type && method.name.as_bytes() == name)
    }
}

impl Default for FunctionTable {
    /// Go's builtins alone.
    fn default() -> Self {
        Self::new(&[])
    }
}

impl std::fmt::Debug for FunctionTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FunctionTable")
            .field("functions", &self.functions.len())
            .field("methods", &self.methods.len())
            .finish()
    }
}

/// FNV-1a. The names in the table are fixed, so that nobody can choose them to collide.
#[derive(Clone)]
struct NameHasher(u64);

impl Default for NameHasher {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for NameHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
