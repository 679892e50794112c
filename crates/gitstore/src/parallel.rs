//! Reading much at once: a handle can't be shared by threads, but each thread can have one.

use rayon::prelude::*;

use crate::repository::Repository;

/// Fewer items than this aren't worth another thread.
const WORTH_A_THREAD: usize = 64;

impl Repository {
    /// Maps items in their order, many of them on all processors; each part of them has a handle of its own.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # std::process::Command::new("git").args(["init", "--quiet"]).arg(directory.path()).status()?;
    /// let repository = gitstore::Repository::open(directory.path(), &gitstore::Environment::default())?;
    /// let texts: Vec<String> = (0..1000).map(|number| number.to_string()).collect();
    /// let ids = repository.map_parallel(&texts, |repository, text| repository.blob_id(text.as_bytes()));
    /// assert_eq!(ids.into_iter().collect::<Result<Vec<_>, _>>()?[7], repository.blob_id(b"7")?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn map_parallel<T: Sync, R: Send>(
        &self,
        items: &[T],
        map: impl Fn(&Repository, &T) -> R + Sync,
    ) -> Vec<R> {
        let size = items.len().div_ceil(rayon::current_num_threads()).max(WORTH_A_THREAD);
        if items.len() <= size {
            return items.iter().map(|item| map(self, item)).collect();
        }
        let parts: Vec<(Repository, &[T])> = items.chunks(size).map(|part| (self.clone(), part)).collect();
        let mapped: Vec<Vec<R>> = parts
            .into_par_iter()
            .map(|(repository, part)| part.iter().map(|item| map(&repository, item)).collect())
            .collect();
        mapped.into_iter().flatten().collect()
    }
}
