export WORD=hello
