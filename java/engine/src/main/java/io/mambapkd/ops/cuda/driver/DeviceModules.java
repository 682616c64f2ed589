package io.mambapkd.ops.cuda.driver;

import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.ops.cuda.ptx.PtxFamily;
import java.util.HashMap;
import java.util.Map;

/**
 * The kernel families in the primary context of one device. All backends of the process that are open on that device share them: each family is
 * loaded when a backend first needs it, and unloaded when the last of these backends is closed.
 */
final class DeviceModules {
    /** By the index of the device; also the lock of everything here. */
    private static final Map<Integer, DeviceModules> OPEN = new HashMap<>();

    private final CudaDevice device;
    private final Map<String, PtxModule> families = new HashMap<>();
    private int users;

    private DeviceModules(CudaDevice device) {
        this.device = device;
    }

    /** Those of a device, for one more user, who has retained its primary context and calls {@link #release} before giving it back. */
    static DeviceModules of(CudaDevice device) {
        synchronized (OPEN) {
            DeviceModules modules = OPEN.computeIfAbsent(device.index(), index -> new DeviceModules(device));
            modules.users++;
            return modules;
        }
    }

    /**
     * An entry of {@code FAMILY.ptx}. The primary context is current.
     *
     * @throws io.mambapkd.ops.cuda.failures.UnusableDeviceException if the driver cannot load the family
     * @throws IllegalArgumentException if there is no such family, or it has no such entry
     */
    Kernel kernel(String family, String entry) {
        synchronized (OPEN) {
            return families.computeIfAbsent(
                            family, name -> new PtxModule(PtxFamily.read(name, device.capability()), device))
                    .kernel(entry);
        }
    }

    /** Ends one use; the last one unloads all families. The primary context is current. */
    void release() {
        synchronized (OPEN) {
            users--;
            if (users == 0) {
                OPEN.remove(device.index());
                Releases releases = new Releases();
                families.values().forEach(module -> releases.add(module::close));
                releases.all();
            }
        }
    }
}
