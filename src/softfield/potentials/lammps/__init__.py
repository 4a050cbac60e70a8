"""The force law of a LAMMPS script: text is read, nothing is run.

``lines`` and ``expressions`` know the language, ``variables`` and ``walk`` follow a script through
it, ``script`` takes from it what bears on pairs: ``read_data`` (with ``data_sections``),
``pair_commands`` (with ``sub_styles``) and ``surroundings``. ``styles`` is the registry of force
laws, ``tables`` that of files, ``refusals`` says why others have none. ``potential`` is the result.
"""
