package io.mambapkd.train.run;

import io.mambapkd.ops.Backend;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** A backend that works like another but has no room for data sets. */
final class NoRoomForData {
    private NoRoomForData() {}

    static Backend on(Backend backend) {
        return (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("roomForData")) {
                        return 1L;
                    }
                    try {
                        return method.invoke(backend, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
