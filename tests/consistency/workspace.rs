//! Packages of the workspace, from the metadata of Cargo.

use orders_tests::{repository, without_package_variables};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

/// Package of the workspace.
#[derive(Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// `None` for a dependency that the binary links.
    kind: Option<String>,
}

impl Package {
    /// Returns the folder, relative to the repository, such as `shared/orders/domain`.
    pub(crate) fn folder(&self) -> String {
        let folder = self.manifest_path.parent().expect("a manifest is in a folder");
        folder.strip_prefix(repository()).expect("a folder of the repository").display().to_string()
    }

    /// Returns the names of the crates that the package links.
    pub(crate) fn dependencies(&self) -> BTreeSet<&str> {
        let linked = self.dependencies.iter().filter(|dependency| dependency.kind.is_none());
        linked.map(|dependency| dependency.name.as_str()).collect()
    }
}

/// Returns every package of the workspace.
pub(crate) fn packages() -> &'static [Package] {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Package>,
    }
    static METADATA: LazyLock<Metadata> = LazyLock::new(|| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["metadata", "--format-version", "1", "--no-deps", "--locked"]).current_dir(repository());
        without_package_variables(&mut cargo);
        let output = cargo.output().expect("cargo runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("the metadata of the workspace")
    });
    &METADATA.packages
}

/// Returns the package with a name.
pub(crate) fn package(name: &str) -> &'static Package {
    packages().iter().find(|package| package.name == name).unwrap_or_else(|| panic!("no package {name}"))
}

/// Returns the packages in a folder and below, such as `functions`.
pub(crate) fn packages_in(folder: &str) -> impl Iterator<Item = &'static Package> {
    packages().iter().filter(move |package| package.folder().starts_with(&format!("{folder}/")))
}
