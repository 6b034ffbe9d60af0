# Duet with its CUDA backend: docker build --tag duet .
# No Docker is needed to try what it does: tests/docker_image runs its steps in trees of Debian 12.

FROM debian:12 AS build
WORKDIR /srv/duet
COPY tools/packages tools/cuda-toolkit tools/
RUN tools/packages build && tools/cuda-toolkit "$PWD/build/cuda-toolkit"
COPY . .
RUN cmake --preset release -DCMAKE_CUDA_COMPILER="$(tools/cuda-toolkit "$PWD/build/cuda-toolkit")" \
      -DDUET_TESTS=OFF -DDUET_BENCHMARKS=OFF && \
    cmake --build --preset release && \
    cmake --install build/release --prefix /opt/duet --component program --strip && \
    cp build/cuda-toolkit/nvidia/cu13/lib/libcudart.so.13 build/cuda-toolkit/nvidia/cu13/lib/libcublasLt.so.13 \
      /opt/duet/lib/duet/

FROM debian:12
LABEL org.opencontainers.image.title="Duet" \
      org.opencontainers.image.description="Trains multilayer perceptrons, on an NVIDIA GPU or any CPU" \
      org.opencontainers.image.licenses="Apache-2.0 AND LicenseRef-NVIDIA-EULA"
# librsvg2-2 and the font, for pictures in PNG, are 80 MB with all that they need.
# Debian 12 changes only to mend: its versions need no naming.
# hadolint ignore=DL3008
RUN apt-get update && \
    apt-get install --yes --no-install-recommends \
      ca-certificates fonts-dejavu-core libcurl4 libdeflate0 libfmt9 libgomp1 libjpeg62-turbo libnettle8 libpng16-16 \
      librsvg2-2 zlib1g && \
    rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/duet /usr/local
RUN useradd --uid 1000 --create-home duet && \
    mkdir -p /duet/data /duet/runs && \
    chown duet:duet /duet/data /duet/runs
# What nvidia-docker puts into the container: every GPU, the driver, and nvidia-smi.
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
USER 1000
# Duet looks for data in ./data, and writes to ./runs.
WORKDIR /duet
VOLUME ["/duet/data", "/duet/runs"]
ENTRYPOINT ["duet"]
CMD ["doctor"]
