package io.mambapkd;

import io.mambapkd.emulator.EmulatedDriver;

/** {@link DeviceTests} on the emulated driver, and at its end how many contexts it made and how many modules it loaded. */
final class CountedDeviceTests {
    private CountedDeviceTests() {}

    public static void main(String[] classNames) throws ClassNotFoundException {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(() -> System.out.println(
                        "contexts " + EmulatedDriver.contextsMade() + ", modules " + EmulatedDriver.modulesLoaded())));
        DeviceTests.main(classNames);
    }
}
