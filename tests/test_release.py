"""Workflows have few rights, and links of the README work on a package index."""

import re
import tomllib
from pathlib import Path

import pytest

import sknn_scratch

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
REPOSITORY = PROJECT["project"]["urls"]["Repository"]


def jobs(workflow):
    """Return the text of every job by its name."""
    text = workflow.read_text("utf-8").partition("\njobs:\n")[2]
    _, *parts = re.split(r"^  ([\w-]+):\n", text, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
class TestEveryWorkflow:
    def test_actions_are_pinned_by_commit_and_name_their_version(self, workflow):
        uses = re.findall(r"uses: (.+)", workflow.read_text("utf-8"))
        pinned = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
        assert uses
        assert [action for action in uses if not pinned.fullmatch(action)] == []

    def test_the_default_permission_is_to_read(self, workflow):
        text = workflow.read_text("utf-8")
        assert "\npermissions:\n  contents: read\n" in text.partition("\njobs:\n")[0]
        assert "\n  contents: write" not in text

    def test_jobs_have_a_time_limit(self, workflow):
        assert jobs(workflow)
        for job in jobs(workflow).values():
            assert re.search(r"^    timeout-minutes: \d+$", job, flags=re.MULTILINE)

    def test_checkouts_store_no_credentials(self, workflow):
        text = workflow.read_text("utf-8")
        assert text.count("actions/checkout@") == text.count(
            "persist-credentials: false"
        )


def test_only_the_job_that_publishes_may_ask_for_a_token():
    rights = {
        (workflow.stem, name): re.findall(r"^      ([\w-]+): write$", job, re.MULTILINE)
        for workflow in WORKFLOWS
        for name, job in jobs(workflow).items()
    }
    assert rights.pop(("release", "publish")) == ["id-token"]
    assert not any(rights.values())


def test_the_job_that_publishes_runs_no_code_of_the_repository():
    publish = jobs(ROOT / ".github/workflows/release.yml")["publish"]
    assert "environment:" in publish
    assert "run:" not in publish
    assert "checkout" not in publish


def test_versions_of_python_are_the_same_in_the_workflow_and_the_metadata():
    ci = (ROOT / ".github/workflows/ci.yml").read_text("utf-8")
    tested = set(re.findall(r'"(3\.\d+)"', ci))
    prefix = "Programming Language :: Python :: "
    named = {c.removeprefix(prefix) for c in PROJECT["project"]["classifiers"]}
    assert tested == {version for version in named if re.fullmatch(r"3\.\d+", version)}
    assert PROJECT["project"]["requires-python"].removeprefix(">=") in tested


def readme_on_a_package_index():
    """Return the README as the hook of the build changes it."""
    hook = PROJECT["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]
    (fragment,) = hook["fragments"]
    text = (ROOT / fragment["path"]).read_text("utf-8")
    for rule in hook["substitutions"]:
        text = re.sub(rule["pattern"], rule["replacement"], text)
    return text.replace("$HFPR_VERSION", sknn_scratch.__version__)


def test_links_of_the_readme_are_absolute_on_a_package_index():
    links = re.findall(
        r'\]\(([^)]+)\)|(?:src|href)="([^"]+)"', readme_on_a_package_index()
    )
    addresses = [markdown or html for markdown, html in links]
    assert len(addresses) > 5
    assert [a for a in addresses if not re.match("https?://|#", a)] == []


def test_absolute_links_to_the_repository_lead_to_files_of_this_version():
    pattern = rf"{re.escape(REPOSITORY)}/(blob|raw)/v([^/]+)/([^)#\"\s]+)"
    links = re.findall(pattern, readme_on_a_package_index())
    assert links
    for _, version, path in links:
        assert version == sknn_scratch.__version__
        assert (ROOT / path).exists()


def test_addresses_of_the_project_are_below_that_of_the_repository():
    assert all(
        url.startswith(REPOSITORY) for url in PROJECT["project"]["urls"].values()
    )
