"""What every script of the workflow shares: logging, threads, provenance, the loop.

A script is run by Snakemake's ``script:`` directive, which gives it ``snakemake``.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import threadpoolctl

from workflow_helpers.left_out import leave_out, note_of

from softfield.errors import (
    FileFormatError,
    InvalidSettingError,
    MissingPackageError,
    SoftfieldError,
)
from softfield.files.blocks import BlockWriter, read_block
from softfield.files.provenance import provenance
from softfield.glass import Glass

logger = logging.getLogger("softfield.workflow")

#: Errors that are the user's to mend, whatever the step: nothing is left out for them.
DEFECTS = (FileFormatError, InvalidSettingError, MissingPackageError)

#: What one realization gives: arrays and scalar attributes, both by name.
Result = tuple[Mapping[str, Any], Mapping[str, Any]]


@contextmanager
def job(snakemake: Any) -> Iterator[None]:
    """Log to the rule's log file and keep numba and BLAS to the rule's threads.

    An exception is written to the log with its traceback. What the library refuses is one
    sentence for the user: a step on whole ensembles is then left out, with that sentence in place
    of what it makes, and what does not need it goes on; the step of a block fails.
    """
    logging.basicConfig(
        filename=snakemake.log[0],
        filemode="w",
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        force=True,
    )
    logging.captureWarnings(True)
    # BLAS reads OPENBLAS_NUM_THREADS and the like, which Snakemake sets for every job;
    # the limit here holds where BLAS was loaded already. Numba reads its own variable.
    os.environ["NUMBA_NUM_THREADS"] = str(snakemake.threads)
    note_of(snakemake).unlink(missing_ok=True)
    with threadpoolctl.threadpool_limits(limits=snakemake.threads):
        logger.info("%s: %s", snakemake.rule, dict(snakemake.wildcards.items()))
        logger.info("threads: %d, pools: %s", snakemake.threads, _thread_pools())
        try:
            yield
        except SoftfieldError as error:
            logger.exception("%s failed", snakemake.rule)
            if "block" in dict(snakemake.wildcards.items()) or isinstance(error, DEFECTS):
                print(f"{snakemake.rule}: {error}", file=sys.stderr)
                raise SystemExit(1) from None
            leave_out(snakemake, error)
        except BaseException:
            logger.exception("%s failed", snakemake.rule)
            raise
        logger.info("%s: done", snakemake.rule)


def _thread_pools() -> dict[str, int]:
    return {pool["internal_api"]: pool["num_threads"] for pool in threadpoolctl.threadpool_info()}


def make_block(
    output: str,
    stage: str,
    parameters: Mapping[str, Any],
    indices: Iterable[int],
    compute: Callable[[int], Result],
    failed_before: Mapping[int, str] | None = None,
) -> None:
    """Compute realizations one by one into a block.

    A realization that fails for a reason softfield knows, or that failed in an earlier
    stage, is recorded with that reason and stops no other. Anything else, a damaged input
    file included, is an error of the job.
    """
    chosen = list(indices)
    earlier = failed_before or {}
    with BlockWriter(output, stage=stage, provenance=provenance(parameters)) as block:
        for count, index in enumerate(chosen, 1):
            start = time.perf_counter()
            if index in earlier:
                block.fail(index, earlier[index])
            else:
                _compute_one(block, index, compute)
            elapsed = time.perf_counter() - start
            logger.info(
                "realization %d of %d (index %d): %.1f s", count, len(chosen), index, elapsed
            )


def _compute_one(block: BlockWriter, index: int, compute: Callable[[int], Result]) -> None:
    try:
        arrays, attributes = compute(index)
    except FileFormatError:
        raise
    except SoftfieldError as error:
        logger.warning("realization %d failed: %s: %s", index, type(error).__name__, error)
        block.fail(index, error)
    else:
        block.write(index, arrays, attributes)


def make_block_from_glasses(
    glasses: str,
    output: str,
    stage: str,
    parameters: Mapping[str, Any],
    compute: Callable[[Glass], Result],
) -> None:
    """Compute a block of ``stage`` from the block of glasses of the same realizations.

    Its provenance holds the parameters of the glasses beside ``parameters``.
    """
    with read_block(glasses, stage="glasses") as source:
        make_block(
            output,
            stage,
            {**source.provenance["parameters"], **parameters},
            indices=source.all_indices,
            compute=lambda index: compute(source.glass(index)),
            failed_before={i: f"glasses: {reason}" for i, reason in source.failures.items()},
        )
