"""xonsh: the texts are Python, so that its own rules for ``$`` and words do not get in the way."""

from __future__ import annotations

from venvoy.environment.activation.values import Shell

_ACTIVATE = """\
<<mark>>
def _venvoy_activate():
    import sys
    from xonsh.built_ins import XSH
    from xonsh.tools import expand_path
    env, aliases = XSH.env, XSH.aliases
    if expand_path(<<scripts>>) != <<scripts>>:
        print('xonsh reads a variable in the path of this environment, so it cannot stand in $PATH:', file=sys.stderr)
        print('  ' + <<root>>, file=sys.stderr)
        print('Rename the folder, or use it without activating: venvoy run COMMAND', file=sys.stderr)
        return
    if 'VIRTUAL_ENV' in env and 'deactivate' in aliases:
        aliases['deactivate']([])
    names = ('VIRTUAL_ENV', 'VIRTUAL_ENV_PROMPT', 'PYTHONHOME')
    before = {name: env[name] for name in names if name in env}
    env['VIRTUAL_ENV'] = <<root>>
    env['VIRTUAL_ENV_PROMPT'] = <<name>>
    if 'PYTHONHOME' in env:
        del env['PYTHONHOME']
    env['PATH'].insert(0, <<scripts>>)

    def deactivate(args, stdin=None):
        if <<scripts>> in env['PATH']:
            env['PATH'].remove(<<scripts>>)
        for name in names:
            if name in env:
                del env[name]
        env.update(before)
        del aliases['deactivate']

    aliases['deactivate'] = deactivate
_venvoy_activate()
del _venvoy_activate
"""

_DEACTIVATE = """\
<<mark>>
def _venvoy_deactivate():
    from xonsh.built_ins import XSH
    env, aliases = XSH.env, XSH.aliases
    if 'deactivate' in aliases:
        aliases['deactivate']([])
        return
    if <<scripts>> in env['PATH']:
        env['PATH'].remove(<<scripts>>)
    for name in ('VIRTUAL_ENV', 'VIRTUAL_ENV_PROMPT'):
        if name in env:
            del env[name]
_venvoy_deactivate()
del _venvoy_deactivate
"""

_HOOK = """\
<<mark>> hook
def _venvoy_hook():
    import os
    import subprocess
    from xonsh.built_ins import XSH
    from xonsh.tools import unthreadable
    env, aliases = XSH.env, XSH.aliases
    seen = {'folder': None, 'project': None, 'active': None}

    def evaluated(*words):
        # PYTHONHOME keeps venvoy itself from starting; an empty one counts as none
        variables = {**env.detype(), 'PYTHONHOME': ''}
        done = subprocess.run([<<program>>, *words], env=variables, stdout=subprocess.PIPE)
        text = os.fsdecode(done.stdout)
        if text.startswith('<<mark>>'):
            exec(text, {})
        else:
            print(text, end='')
        return done.returncode

    @unthreadable
    def venvoy(args, stdin=None, stdout=None, stderr=None):
        if args == ['deactivate'] and 'deactivate' in aliases:
            return aliases['deactivate']([])
        if args[:1] in (['activate'], ['deactivate']):
            return evaluated(args[0], '--script', '--shell', 'xonsh', *args[1:])
        streams = {'stdin': stdin, 'stdout': stdout, 'stderr': stderr}
        code = subprocess.run([<<program>>, *args], env=env.detype(), **streams).returncode
        if args[:1] in (['init'], ['sync'], ['trust']) and 'VIRTUAL_ENV' not in env:
            seen.update(folder=None, project=None)
        return code

    aliases['venvoy'] = venvoy
<<auto>>
_venvoy_hook()
del _venvoy_hook
"""

# Runs at each prompt, so it must cost nothing: venvoy is asked only in the folder of another project than before.
_AUTO = """
    @XSH.builtins.events.on_pre_prompt_format
    def _venvoy_auto(**_):
        folder = env.get('PWD')
        if folder == seen['folder']:
            return
        seen['folder'] = folder
        while folder and not os.path.isfile(os.path.join(folder, 'pyproject.toml')):
            above = os.path.dirname(folder)
            folder = above if above != folder else ''
        if folder == seen['project']:
            return
        seen['project'] = folder
        if seen['active'] and seen['active'] == env.get('VIRTUAL_ENV') and 'deactivate' in aliases:
            aliases['deactivate']([])
        seen['active'] = None
        if folder and 'VIRTUAL_ENV' not in env:
            evaluated('activate', '--if-trusted', '--script', '--shell', 'xonsh')
            seen['active'] = env.get('VIRTUAL_ENV')
"""


def quote(text: str) -> str:
    """A Python string of ASCII letters."""
    return ascii(text)


XONSH = Shell(
    "xonsh",
    quote,
    _ACTIVATE,
    _DEACTIVATE,
    _HOOK.replace("<<auto>>", ""),
    _HOOK.replace("<<auto>>", _AUTO),
    evaluated="execx($(<<command>>))",
    elsewhere="execx($(<<command>> @(<<path>>)))",
    script="",
    source="",
    installed="__import__('shutil').which(<<text>>) and execx($(<<venvoy>> <<words>>))",
    words={"name": lambda made: quote(f"({made.name}) ")},  # its own prompt shows it as it stands
)
