using System.Runtime.InteropServices;

namespace Postern.Interop.LibUnbound;

/// <summary>Whether libunbound is there: programs of ours start without it, and only who has to validate DNSSEC asks.</summary>
public static class UnboundLibrary
{
    /// <param name="problem">What to install; empty when it is there.</param>
    public static bool TryLoad(out string problem)
    {
        bool loaded = NativeLibrary.TryLoad(NativeUnbound.Library, out _);
        problem = loaded
            ? ""
            : $"{NativeUnbound.Library} cannot be loaded, which validates DNSSEC: install it (Debian, Ubuntu: apt-get install libunbound8), or have a validating resolver on this machine be trusted";
        return loaded;
    }
}
