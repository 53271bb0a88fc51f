"""Conflicts that people have met, re-typed as facts: the whole explanation, and what was proved to help."""

# ruff: noqa: E501 - what the program says, line by line

from __future__ import annotations

import pytest

from support.command_line import expect
from support.tries import project, settle
from venvoy.errors import Problem
from venvoy.operations.resolving.fixes import Wish


def explained(world: str, *requirements: str, dev: tuple[str, ...] = (), python: str = ">=3.9", here: int = 11) -> str:
    with pytest.raises(Problem) as caught:
        settle(world, project(*requirements, dev=dev, python=python), Wish(), here)
    return str(caught.value)


NUMPY = """
    numpy 1.23.5
    numpy 1.26.4 python=>=3.9
    numpy 2.0.2 python=>=3.9
    numpy 2.1.3 python=>=3.10
    numpy 2.2.6 python=>=3.10
    numpy 2.3.5 python=>=3.11
"""


def test_tensorflow_that_does_not_know_numpy_2() -> None:
    world = f"""
        {NUMPY}
        tensorflow 2.14.1 python=>=3.9 -> numpy<2.0.0,>=1.23.5 | wrapt<1.15,>=1.11.0
        tensorflow 2.15.1 python=>=3.9 -> numpy<2.0.0,>=1.23.5 | wrapt<1.15,>=1.11.0
        tensorflow 2.17.1 python=>=3.9 -> numpy<2.0.0,>=1.23.5 | wrapt>=1.11.0
        tensorflow 2.18.1 python=>=3.9 -> numpy<2.1.0,>=1.26.0 | wrapt>=1.11.0
        tensorflow 2.20.0 python=>=3.9 -> numpy>=1.26.0 | wrapt>=1.11.0
        wrapt 1.14.1
        wrapt 1.17.2
    """
    expect(
        explained(world, "tensorflow~=2.15", "numpy>=2.1", "tensorflow<2.18"),
        """
        No set of versions meets all requirements.
        - Your project needs numpy>=2.1.
        - Your project needs tensorflow<2.18.
        - Your project needs tensorflow~=2.15.
        - tensorflow 2.15.1 to 2.17.1 need numpy<2.0.0,>=1.23.5.
        → 1. Write tensorflow<2.21 instead of tensorflow<2.18 (your project); that gives tensorflow 2.20.0: venvoy lock --apply 1
        → 2. Write numpy>=1.26.4 instead of numpy>=2.1 (your project); that gives numpy 1.26.4: venvoy lock --apply 2
        """,
    )


def test_the_command_line_and_the_library_of_one_cloud() -> None:
    world = """
        awscli 1.29.85 -> botocore==1.31.85 | s3transfer<0.8.0,>=0.7.0
        awscli 1.32.117 -> botocore==1.34.117 | s3transfer<0.11.0,>=0.10.0
        awscli 1.36.40 -> botocore==1.35.99 | s3transfer<0.11.0,>=0.10.0
        boto3 1.28.85 -> botocore<1.32.0,>=1.31.85 | s3transfer<0.8.0,>=0.7.0
        boto3 1.34.117 -> botocore<1.35.0,>=1.34.117 | s3transfer<0.11.0,>=0.10.0
        boto3 1.35.99 -> botocore<1.36.0,>=1.35.99 | s3transfer<0.11.0,>=0.10.0
        botocore 1.31.85 -> urllib3<2.1,>=1.25.4; python_version >= "3.10" | urllib3<1.27,>=1.25.4; python_version < "3.10"
        botocore 1.34.117 -> urllib3!=2.2.0,<3,>=1.25.4; python_version >= "3.10"
        botocore 1.35.99 -> urllib3!=2.2.0,<3,>=1.25.4; python_version >= "3.10"
        s3transfer 0.7.0 -> botocore<2.0a.0,>=1.12.36
        s3transfer 0.10.4 -> botocore<2.0a.0,>=1.33.2
        urllib3 1.26.20
        urllib3 2.0.7
        urllib3 2.5.0
    """
    expect(
        explained(world, "awscli<1.30", "boto3>=1.34"),
        """
        No set of versions meets all requirements.
        - Your project needs awscli<1.30.
        - Your project needs boto3>=1.34.
        - awscli 1.29.85 needs botocore==1.31.85.
        - boto3 1.34.117 needs botocore<1.35.0,>=1.34.117.
        - boto3 1.35.99 needs botocore<1.36.0,>=1.35.99.
        → 1. Write awscli<1.37 instead of awscli<1.30 (your project); that gives awscli 1.36.40: venvoy lock --apply 1
        → 2. Write boto3>=1.28.85 instead of boto3>=1.34 (your project); that gives boto3 1.28.85: venvoy lock --apply 2
        """,
    )


def test_the_library_of_a_cloud_and_a_newer_http_client() -> None:
    world = """
        boto3 1.28.85 -> botocore<1.32.0,>=1.31.85
        boto3 1.34.117 -> botocore<1.35.0,>=1.34.117
        botocore 1.31.85 -> urllib3<2.1,>=1.25.4
        botocore 1.34.117 -> urllib3!=2.2.0,<3,>=1.25.4
        urllib3 1.26.20
        urllib3 2.0.7
        urllib3 2.5.0
    """
    expect(
        explained(world, "boto3==1.28.85", dev=("urllib3>=2.2",)),
        """
        No set of versions meets all requirements.
        - Your project needs boto3==1.28.85.
        - Group 'dev' needs urllib3>=2.2.
        - boto3 1.28.85 needs botocore<1.32.0,>=1.31.85.
        - botocore 1.31.85 needs urllib3<2.1,>=1.25.4.
        → 1. Write boto3==1.34.117 instead of boto3==1.28.85 (your project); that gives boto3 1.34.117: venvoy lock --apply 1
        → 2. Write urllib3>=2.0.7 instead of urllib3>=2.2 (group 'dev'); that gives urllib3 2.0.7: venvoy lock --apply 2
        """,
    )


def test_jupyter_and_old_traitlets() -> None:
    world = """
        jupyter 1.1.1 -> notebook | ipykernel
        jupyter 1.0.0 -> notebook | ipykernel
        notebook 7.4.7 -> jupyterlab-server
        notebook 6.5.7 -> traitlets>=4.2.1 | ipykernel
        jupyterlab-server 2.27.3 -> traitlets>=5.3
        ipykernel 6.29.5 -> traitlets>=5.4.0
        ipykernel 5.5.6 -> traitlets>=4.1.0
        traitlets 4.3.3
        traitlets 5.14.3
    """
    expect(
        explained(world, "jupyter", "ipykernel>=6", "traitlets<5"),
        """
        No set of versions meets all requirements.
        - Your project needs ipykernel>=6.
        - Your project needs traitlets<5.
        - ipykernel 6.29.5 needs traitlets>=5.4.0.
        → 1. Write traitlets<6 instead of traitlets<5 (your project); that gives traitlets 5.14.3: venvoy lock --apply 1
        → 2. Write ipykernel>=5.5.6 instead of ipykernel>=6 (your project); that gives ipykernel 5.5.6: venvoy lock --apply 2
        """,
    )


def test_airflow_and_sqlalchemy_2() -> None:
    world = """
        apache-airflow 2.9.3 python=>=3.8,<3.13 -> sqlalchemy<2.0,>=1.4.36 | flask-appbuilder==4.5.0
        apache-airflow 2.10.5 python=>=3.8,<3.13 -> sqlalchemy<2.0,>=1.4.36 | flask-appbuilder==4.5.2
        flask-appbuilder 4.5.0 -> sqlalchemy<1.5
        flask-appbuilder 4.5.2 -> sqlalchemy<1.5
        sqlalchemy 1.4.54
        sqlalchemy 2.0.44
    """
    expect(
        explained(world, "apache-airflow>=2.9", "sqlalchemy>=2"),
        """
        No set of versions meets all requirements.
        - Your project needs apache-airflow>=2.9.
        - Your project needs sqlalchemy>=2.
        - Every version of apache-airflow needs sqlalchemy<2.0,>=1.4.36.
        → 1. Write sqlalchemy>=1.4.54 instead of sqlalchemy>=2 (your project); that gives sqlalchemy 1.4.54: venvoy lock --apply 1
        → 2. Leave out apache-airflow>=2.9 (your project): venvoy lock --apply 2
        """,
    )


def test_numba_that_waits_for_numpy() -> None:
    world = f"""
        {NUMPY}
        numba 0.53.1 -> numpy>=1.15 | llvmlite<0.37,>=0.36.0rc1
        numba 0.59.1 -> numpy<1.27,>=1.22 | llvmlite<0.43,>=0.42.0dev0
        numba 0.60.0 -> numpy<2.1,>=1.22 | llvmlite<0.44,>=0.43.0dev0
        numba 0.61.2 -> numpy<2.3,>=1.24 | llvmlite<0.45,>=0.44.0dev0
        llvmlite 0.36.0 python=<3.10
        llvmlite 0.42.0
        llvmlite 0.43.0
        llvmlite 0.44.0
    """
    expect(
        explained(world, "numba<=0.60", "numpy>=2.1"),
        """
        No set of versions meets all requirements.
        - Your project needs numba<=0.60.
        - Your project needs numpy>=2.1.
        - numba 0.53.1 needs llvmlite<0.37,>=0.36.0rc1.
        - numba 0.59.1 needs numpy<1.27,>=1.22.
        - numba 0.60.0 needs numpy<2.1,>=1.22.
        - llvmlite 0.36.0 needs Python <3.10, and you have 3.11.7.
        → 1. Write numba<=0.61.2 instead of numba<=0.60 (your project); that gives numba 0.61.2: venvoy lock --apply 1
        → 2. Write numpy>=2.0.2 instead of numpy>=2.1 (your project); that gives numpy 2.0.2: venvoy lock --apply 2
        """,
    )


def test_django_that_needs_a_newer_python() -> None:
    world = """
        django 4.2.26 python=>=3.8
        django 5.2.8 python=>=3.10
        djangorestframework 3.15.2 python=>=3.8 -> django>=4.2
        djangorestframework 3.16.1 python=>=3.9 -> django>=4.2
    """
    expect(
        explained(world, "django>=5", "djangorestframework", here=9),
        """
        No version of django that can be installed meets django>=5, which your project needs.
        1 version (5.2.8) needs Python >=3.10, and you have 3.9.7.
        → 1. Write django>=4.2.26 instead of django>=5 (your project); that gives django 4.2.26: venvoy lock --apply 1
        → 2. Write requires-python = ">=3.10" instead of ">=3.9"; that gives Python 3.10: venvoy lock --apply 2
        """,
    )


def test_fastapi_from_before_pydantic_2() -> None:
    world = """
        fastapi 0.95.2 -> pydantic!=1.7,!=1.7.1,!=1.7.2,!=1.7.3,!=1.8,!=1.8.1,<2.0.0,>=1.6.2 | starlette<0.28.0,>=0.27.0
        fastapi 0.99.1 -> pydantic!=1.8,!=1.8.1,<2.0.0,>=1.7.4 | starlette<0.28.0,>=0.27.0
        fastapi 0.121.3 -> pydantic!=1.8,!=1.8.1,!=2.0.0,!=2.0.1,!=2.1.0,<3.0.0,>=1.7.4 | starlette<0.51.0,>=0.40.0
        starlette 0.27.0
        starlette 0.50.0
        pydantic 1.10.24
        pydantic 2.12.4
        pydantic-settings 2.12.0 -> pydantic>=2.7.0
    """
    expect(
        explained(world, "fastapi<0.100", "pydantic-settings"),
        """
        No set of versions meets all requirements.
        - Your project needs fastapi<0.100.
        - Your project needs pydantic-settings.
        - fastapi 0.95.2 needs pydantic!=1.7,!=1.7.1,!=1.7.2,!=1.7.3,!=1.8,!=1.8.1,<2.0.0,>=1.6.2.
        - fastapi 0.99.1 needs pydantic!=1.8,!=1.8.1,<2.0.0,>=1.7.4.
        - pydantic-settings 2.12.0 needs pydantic>=2.7.0.
        → 1. Write fastapi<0.122 instead of fastapi<0.100 (your project); that gives fastapi 0.121.3: venvoy lock --apply 1
        → 2. Leave out pydantic-settings (your project): venvoy lock --apply 2
        """,
    )


def test_protobuf_held_back_by_one_and_needed_by_the_other() -> None:
    world = """
        grpcio-tools 1.48.2 -> protobuf<4.0dev,>=3.12.0
        grpcio-tools 1.62.3 -> protobuf<5.0dev,>=4.21.6
        grpcio-tools 1.76.0 -> protobuf<7.0.0,>=6.31.1
        streamlit 1.12.2 -> protobuf<4,>=3.12
        streamlit 1.51.0 -> protobuf<7,>=3.20
        protobuf 3.20.3
        protobuf 4.25.8
        protobuf 6.33.1
    """
    expect(
        explained(world, "streamlit<1.13", "protobuf<5", dev=("grpcio-tools>=1.60",)),
        """
        No set of versions meets all requirements.
        - Your project needs streamlit<1.13.
        - Group 'dev' needs grpcio-tools>=1.60.
        - streamlit 1.12.2 needs protobuf<4,>=3.12.
        - grpcio-tools 1.62.3 needs protobuf<5.0dev,>=4.21.6.
        - grpcio-tools 1.76.0 needs protobuf<7.0.0,>=6.31.1.
        → 1. Write streamlit<1.52 instead of streamlit<1.13 (your project); that gives streamlit 1.51.0: venvoy lock --apply 1
        → 2. Write grpcio-tools>=1.48.2 instead of grpcio-tools>=1.60 (group 'dev'); that gives grpcio-tools 1.48.2: venvoy lock --apply 2
        """,
    )


def test_a_theme_for_older_docutils() -> None:
    world = """
        sphinx 7.4.7 python=>=3.9 -> docutils<0.22,>=0.20
        sphinx 8.2.3 python=>=3.11 -> docutils<0.22,>=0.20
        sphinx-rtd-theme 1.3.0 -> docutils<0.19 | sphinx<8,>=1.6
        sphinx-rtd-theme 3.0.2 -> docutils<0.22,>0.18 | sphinx<9,>=6
        docutils 0.18.1
        docutils 0.21.2
        docutils 0.22.3
    """
    expect(
        explained(world, dev=("sphinx>=8", "sphinx-rtd-theme==1.3.*")),
        """
        No set of versions meets all requirements.
        - Group 'dev' needs sphinx>=8.
        - Group 'dev' needs sphinx-rtd-theme==1.3.*.
        - sphinx-rtd-theme 1.3.0 needs sphinx<8,>=1.6.
        → 1. Write sphinx-rtd-theme==3.0.* instead of sphinx-rtd-theme==1.3.* (group 'dev'); that gives sphinx-rtd-theme 3.0.2: venvoy lock --apply 1
        """,
    )


def test_a_formatter_and_a_command_line_library() -> None:
    world = """
        black 21.12b0 -> click>=7.1.2
        black 22.12.0 -> click>=8.0.0
        black 25.11.0 -> click>=8.0.0
        typer 0.3.2 -> click<7.2.0,>=7.1.1
        typer 0.20.0 -> click>=8.0.0
        click 7.1.2
        click 8.3.1
    """
    expect(
        explained(world, "typer==0.3.2", dev=("black>=22",)),
        """
        No set of versions meets all requirements.
        - Your project needs typer==0.3.2.
        - Group 'dev' needs black>=22.
        - typer 0.3.2 needs click<7.2.0,>=7.1.1.
        - Every version of black needs click>=8.0.0.
        → 1. Write typer==0.20.0 instead of typer==0.3.2 (your project); that gives typer 0.20.0: venvoy lock --apply 1
        → 2. Write black>=21.12b0 instead of black>=22 (group 'dev'); that gives black 21.12b0: venvoy lock --apply 2
        """,
    )
