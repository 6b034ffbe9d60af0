# `cmake --install`: the program, the library with its headers and CMake package, and, from their own folders, the helpers
# and the CUDA module. `--component program` leaves out what only a developer needs.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/duet)

install(TARGETS duet RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
install(TARGETS libduet duet_includes duet_core_needs duet_cpu_needs EXPORT duetTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT duetTargets NAMESPACE duet:: DESTINATION ${package_dir})
install(DIRECTORY core DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/duet FILES_MATCHING PATTERN "*.h"
        PATTERN core/model/json.h EXCLUDE)

configure_package_config_file(cmake/duetConfig.cmake.in duetConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(duetConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/duetConfig.cmake ${PROJECT_BINARY_DIR}/duetConfigVersion.cmake
        DESTINATION ${package_dir})
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program)
