MVN = mvn -B -ntp
LAUNCHER = java/target/dist/mamba-pkd-*/bin/mamba-pkd

.PHONY: demo test bench dist fmt

demo: dist
	$(LAUNCHER) distill --preset mnist-demo

test:
	$(MVN) verify

bench:
	$(MVN) -q -pl bench -am package -DskipTests

dist:
	$(MVN) -q -pl java -am package -DskipTests -Pdist

fmt:
	$(MVN) -q spotless:apply
