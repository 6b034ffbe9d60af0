# Warnings are errors in our own build; they are not handed on to those who use the library.
add_library(duet_warnings INTERFACE)
target_compile_options(duet_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast
                                               -Wcast-qual -Wimplicit-fallthrough -Werror
                                               # Clang's also speaks of plain assignments to a double.
                                               $<$<CXX_COMPILER_ID:GNU>:-Wdouble-promotion>)
