package io.mambapkd.kernels.mutants;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.mambapkd.FailureText;
import java.util.List;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs the test classes given as arguments, in a process of its own, and ends it at the first failure. The last line of the output is
 * {@code failed NAME: MESSAGE} with exit status 1, or {@code passed COUNT} with 0, where COUNT leaves out what was skipped.
 */
final class SuiteUntilFailure {
    private SuiteUntilFailure() {}

    public static void main(String[] classNames) throws ClassNotFoundException {
        Launcher launcher = LauncherFactory.create();
        for (String name : classNames) {
            Class<?> tests = Class.forName(name);
            FirstFailure listener = new FirstFailure(tests.getSimpleName());
            launcher.execute(
                    LauncherDiscoveryRequestBuilder.request()
                            .selectors(List.of(selectClass(tests)))
                            .build(),
                    listener);
            System.out.println(tests.getSimpleName() + " passed " + listener.passed);
        }
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    private static final class FirstFailure implements TestExecutionListener {
        private final String className;
        private TestPlan plan;
        private int passed;

        FirstFailure(String className) {
            this.className = className;
        }

        @Override
        public void testPlanExecutionStarted(TestPlan started) {
            plan = started;
        }

        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            if (result.getStatus() == TestExecutionResult.Status.SUCCESSFUL) {
                passed += test.isTest() ? 1 : 0;
                return;
            }
            System.out.println("failed " + className + name(test) + ": " + FailureText.of(result));
            System.out.flush();
            Runtime.getRuntime().halt(1); // The driver may be in a state in which nothing can be closed.
        }

        /** The names from below the class to the test, such as {@code [cuda emulated].forwardMatches()}. */
        private String name(TestIdentifier test) {
            String name = test.getDisplayName();
            for (var up = plan.getParent(test); up.isPresent(); up = plan.getParent(up.get())) {
                String above = up.get().getDisplayName();
                if (above.equals(className) || up.get().getParentId().isEmpty()) {
                    break;
                }
                name = above + "." + name;
            }
            return "." + name;
        }
    }
}
