//! The packages of the workspace, as Cargo sees them.

use orders_tests::{repository, without_package_variables};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

/// A package of the workspace.
#[derive(Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// `None` for what the binary is linked with.
    kind: Option<String>,
}

impl Package {
    /// The folder, relative to the repository, such as `shared/orders/domain`.
    pub(crate) fn folder(&self) -> String {
        let folder = self.manifest_path.parent().expect("a manifest is in a folder");
        folder.strip_prefix(repository()).expect("a folder of the repository").display().to_string()
    }

    /// Names of the crates that the package is linked with.
    pub(crate) fn dependencies(&self) -> BTreeSet<&str> {
        let linked = self.dependencies.iter().filter(|dependency| dependency.kind.is_none());
        linked.map(|dependency| dependency.name.as_str()).collect()
    }
}

/// Every package of the workspace.
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

/// The package of a name.
pub(crate) fn package(name: &str) -> &'static Package {
    packages().iter().find(|package| package.name == name).unwrap_or_else(|| panic!("no package {name}"))
}

/// The packages in a folder and below, such as `functions`.
pub(crate) fn packages_in(folder: &str) -> impl Iterator<Item = &'static Package> {
    packages().iter().filter(move |package| package.folder().starts_with(&format!("{folder}/")))
}
