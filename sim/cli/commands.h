/*
 * The commands, one cmd_*.c each. A command gets the arguments from its own name on (argv[0] is
 * "run"), parses them with options.h, and returns the program's exit code (0 pass, 1 fail,
 * 2 wrong use, 3 inconclusive, 4 the program itself failed, 130 interrupted).
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

int cmd_run(int, char **);
int cmd_sweep(int, char **);
int cmd_grade(int, char **);
int cmd_check(int, char **);
int cmd_export(int, char **);
int cmd_story(int, char **);
int cmd_pack(int, char **);
int cmd_verify(int, char **);
int cmd_plot(int, char **);
int cmd_models(int, char **);
int cmd_version(int, char **);
int cmd_bench(int, char **);

#endif
