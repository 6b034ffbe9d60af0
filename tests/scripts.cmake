# Tests that are scripts; exit status 77 says that this machine cannot run one.
function(duet_script_test name)
  add_test(NAME scripts.${name} COMMAND ${ARGN})
  set_tests_properties(scripts.${name} PROPERTIES LABELS scripts SKIP_RETURN_CODE 77
    ENVIRONMENT "CMAKE_COMMAND=${CMAKE_COMMAND};CXX=${CMAKE_CXX_COMPILER};CXXFLAGS=${CMAKE_CXX_FLAGS}")
endfunction()

duet_script_test(packages ${CMAKE_CURRENT_SOURCE_DIR}/packages_test)
duet_script_test(install ${CMAKE_CURRENT_SOURCE_DIR}/install_test/run ${PROJECT_BINARY_DIR})
duet_script_test(dockerfile ${CMAKE_CURRENT_SOURCE_DIR}/dockerfile_test)

# Debian's Python with what tools/check puts beside it, once it has.
set(duet_python /usr/bin/python3)
if(EXISTS ${PROJECT_SOURCE_DIR}/.venv/bin/python3)
  set(duet_python ${PROJECT_SOURCE_DIR}/.venv/bin/python3)
endif()
