"""A software bill of materials beside each wheel, as CycloneDX."""

from __future__ import annotations

import hashlib
import os
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5
from zipfile import ZipFile

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL
from packaging.metadata import Metadata

from tools.build import EPOCH

if TYPE_CHECKING:
    from packaging.requirements import Requirement


def write_sbom(wheel: Path) -> Path:
    """Write what a wheel is, under which license, and which packages it requires.

    The same wheel gives the same document: its number comes from the wheel's hash, its time
    from ``SOURCE_DATE_EPOCH``. What is required is named with its range and without a version,
    since an installer chooses that.
    """
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    with ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        metadata = Metadata.from_email(archive.read(name))
    subject = Component(
        type=ComponentType.LIBRARY,
        name=metadata.name,
        version=str(metadata.version),
        description=metadata.summary,
        licenses=[LicenseFactory().make_with_expression(str(metadata.license_expression))],
        purl=PackageURL("pypi", name=metadata.name, version=str(metadata.version)),
        bom_ref=metadata.name,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
    )
    by_name: dict[str, list[Requirement]] = {}
    for requirement in metadata.requires_dist or []:
        if "extra" not in str(requirement.marker):
            by_name.setdefault(requirement.name, []).append(requirement)
    required = [_component(name, requirements) for name, requirements in by_name.items()]
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH", EPOCH))
    bom = Bom(
        serial_number=uuid5(NAMESPACE_URL, digest),
        components=required,
        metadata=BomMetaData(
            component=subject, timestamp=datetime.fromtimestamp(epoch, timezone.utc)
        ),
    )
    bom.register_dependency(subject, required)
    path = wheel.with_name(f"{wheel.name}.cdx.json")
    outputter = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6)
    outputter.output_to_file(str(path), allow_overwrite=True, indent=2)
    return path


def _component(name: str, requirements: list[Requirement]) -> Component:
    """Return a package that is required, with a range for each Python that has one of its own."""
    return Component(
        type=ComponentType.LIBRARY,
        name=name,
        purl=PackageURL("pypi", name=name),
        bom_ref=name,
        properties=[Property(name="requirement", value=str(each)) for each in requirements],
    )


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        print(write_sbom(Path(argument)))
