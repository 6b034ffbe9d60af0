# Warnings are errors where we check ourselves (tools/check). Another compiler sees other things, some of them wrongly, and who
# builds with it is to get a program. They are not handed on to those who use the library.
option(DUET_WARNINGS_ARE_ERRORS "End the build where a compiler warns" OFF)
set(as_errors $<BOOL:${DUET_WARNINGS_ARE_ERRORS}>)
set(for_cxx -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wcast-qual -Wimplicit-fallthrough
            $<${as_errors}:-Werror>
            # Clang's also speaks of plain assignments to a double.
            $<$<CXX_COMPILER_ID:GNU>:-Wdouble-promotion>)
set(for_cuda -Xcompiler=-Wall,-Wextra $<${as_errors}:-Werror=all-warnings> $<${as_errors}:-Xcompiler=-Werror>)
add_library(duet_warnings INTERFACE)
target_compile_options(duet_warnings INTERFACE "$<$<COMPILE_LANGUAGE:CXX>:${for_cxx}>" "$<$<COMPILE_LANGUAGE:CUDA>:${for_cuda}>")
