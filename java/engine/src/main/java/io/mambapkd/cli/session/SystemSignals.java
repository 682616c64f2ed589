package io.mambapkd.cli.session;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Signals of the system that a process hears in place of ending. Java's only way to them is {@code sun.misc.Signal} of the module jdk.unsupported. It is called by
 * reflection, as the compiler has a warning for its name that nothing can turn off, and a Java without that module is to work, too.
 *
 * <p>A signal that whoever started the process has set to be ignored, as nohup does with SIGHUP, stays ignored: Java sees to that.
 */
final class SystemSignals implements AutoCloseable {
    private final List<String> names;
    private final IntConsumer heard;
    /** What undoes each signal that is heard, the last one first. */
    private final Deque<Runnable> restores = new ArrayDeque<>();

    /**
     * Hears signals until it is closed.
     *
     * @param names such as {@code TERM}; those that the system does not have, or that Java may not hear as with -Xrs, are passed over
     * @param heard takes the number of each signal, on a thread of its own
     */
    SystemSignals(List<String> names, IntConsumer heard) {
        this.names = names;
        this.heard = heard;
        try {
            install();
        } catch (ReflectiveOperationException unlike) {
            // This Java does it in another way, or not at all: what was found is heard.
            return;
        }
    }

    private void install() throws ReflectiveOperationException {
        Class<?> signalType = Class.forName("sun.misc.Signal");
        Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
        Constructor<?> signal = signalType.getConstructor(String.class);
        Method number = signalType.getMethod("getNumber");
        Method handle = signalType.getMethod("handle", signalType, handlerType);
        Object handler = Proxy.newProxyInstance(
                handlerType.getClassLoader(), new Class<?>[] {handlerType}, (proxy, method, arguments) -> {
                    if (method.getDeclaringClass() == handlerType) {
                        heard.accept((int) number.invoke(arguments[0]));
                        return null;
                    }
                    return ofObject(proxy, method, arguments);
                });
        for (String name : names) {
            try {
                Object own = signal.newInstance(name);
                Object before = handle.invoke(null, own, handler);
                restores.push(() -> restore(handle, own, before));
            } catch (InvocationTargetException refused) {
                if (!(refused.getCause() instanceof IllegalArgumentException)) {
                    throw refused;
                }
            }
        }
    }

    /** What every object does. */
    private static @Nullable Object ofObject(Object proxy, Method method, Object[] arguments) {
        return switch (method.getName()) {
            case "equals" -> proxy == arguments[0];
            case "hashCode" -> System.identityHashCode(proxy);
            default -> "handler of mamba-pkd";
        };
    }

    private static void restore(Method handle, Object signal, Object before) {
        try {
            handle.invoke(null, signal, before);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a signal that was heard cannot be left alone again", e);
        }
    }

    /** Whether no signal can be heard. */
    boolean isDeaf() {
        return restores.isEmpty();
    }

    /** Gives every signal the effect that it had before. */
    @Override
    public void close() {
        while (!restores.isEmpty()) {
            restores.pop().run();
        }
    }
}
