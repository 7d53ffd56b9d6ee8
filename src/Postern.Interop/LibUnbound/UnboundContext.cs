using System.Collections.Immutable;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;

namespace Postern.Interop.LibUnbound;

/// <summary>
/// A resolver that validates, with its cache: libunbound, whose own thread does the work. Questions are asked and answers taken
/// by one thread, that of the owner (UnboundContext.Questions.cs).
/// </summary>
public sealed unsafe partial class UnboundContext : IDisposable
{
    /// <summary>A zone that is not there: to take it away reads all settings and files now, and not with the first question.</summary>
    private const string Nobodys = "postern.invalid.";

    private nint _context;

    private UnboundContext(nint context) => _context = context;

    /// <summary>Null, and why, as a sentence.</summary>
    public static UnboundContext? Create(UnboundSettings settings, out string problem)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (!UnboundLibrary.TryLoad(out problem))
            return null;

        nint context = NativeUnbound.ub_ctx_create();
        if (context == 0)
        {
            problem = "libunbound gives no context: there is no memory, or no source of random numbers";
            return null;
        }

        problem = Configure(context, settings);
        if (problem.Length == 0)
            return new UnboundContext(context);
        NativeUnbound.ub_ctx_delete(context);
        return null;
    }

    public void Dispose()
    {
        if (_context != 0)
            NativeUnbound.ub_ctx_delete(_context);
        _context = 0;
    }

    internal static string Describe(int error)
    {
        byte* text = NativeUnbound.ub_strerror(error);
        return text == null ? "an error without a name" : Encoding.Latin1.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));
    }

    /// <summary>
    /// Anchors first: to take a zone away is the end of configuring, and an anchor that is added later is refused by a number alone
    /// (-6) while everything goes on without validation. Hence every number is looked at.
    /// </summary>
    private static string Configure(nint context, UnboundSettings settings)
    {
        if (Anchors(context, settings) is { Length: > 0 } wrong)
            return wrong;

        // It would write on standard error of its own accord.
        int result = NativeUnbound.ub_ctx_debugout(context, null);

        // Its words for why an answer is bogus.
        result = result != 0 ? result : Option(context, "val-log-level:", "2");
        if (settings.Forwarder is { } forwarder)
        {
            if (IPAddress.IsLoopback(forwarder.Address))
                result = result != 0 ? result : Option(context, "do-not-query-localhost:", "no");
            fixed (byte* address = Bytes($"{forwarder.Address}@{forwarder.Port}"))
                result = result != 0 ? result : NativeUnbound.ub_ctx_set_fwd(context, address);
        }

        // A thread, not a process of its own: the cache is shared, and a sandbox has no fork.
        result = result != 0 ? result : NativeUnbound.ub_ctx_async(context, 1);
        foreach (string zone in settings.OwnZones.Add(Nobodys))
        {
            fixed (byte* name = Bytes(zone))
                result = result != 0 ? result : NativeUnbound.ub_ctx_zone_remove(context, name);
        }

        return result == 0 ? "" : $"libunbound refuses its settings{(settings.AnchorFile is { } file ? $" or {file}" : "")}: {Describe(result)}";
    }

    private static string Anchors(nint context, UnboundSettings settings)
    {
        if (settings.AnchorFile is { } own)
        {
            fixed (byte* path = Bytes(own))
            {
                int result = NativeUnbound.ub_ctx_add_ta_file(context, path);
                return result == 0 && HasAnchors(own) ? "" : $"{own} cannot be read as trust anchors: DS or DNSKEY records are to be in it, as a zone file has them";
            }
        }

        if (settings.AnchorText is { } text)
            return AddAll(context, ZoneText.Records(text));

        if (settings.RootKeyFile is { } kept)
        {
            if (Seed(kept) is { Length: > 0 } wrong)
                return wrong;
            fixed (byte* path = Bytes(kept))
            {
                int result = NativeUnbound.ub_ctx_add_ta_autr(context, path);
                return result == 0 ? "" : $"{kept} cannot be read as the root's keys: {Describe(result)}";
            }
        }

        return AddAll(context, RootAnchors.Digests);
    }

    /// <summary>One at least: without any, everything would go on without validation.</summary>
    private static string AddAll(nint context, ImmutableArray<string> anchors)
    {
        foreach (string record in anchors)
        {
            fixed (byte* anchor = Bytes(record))
            {
                int result = NativeUnbound.ub_ctx_add_ta(context, anchor);
                if (result != 0)
                    return "libunbound refuses a trust anchor: " + Describe(result);
            }
        }

        return anchors.IsEmpty ? "there is no trust anchor: DS or DNSKEY records are to be given, as a zone file has them" : "";
    }

    /// <summary>To the library an empty file is a good one, with which nothing is validated.</summary>
    private static bool HasAnchors(string path)
    {
        try
        {
            return File.ReadLines(path).Any(line => !line.StartsWith(';')
                && line.Split([' ', '\t']).Any(word => word.Equals("DS", StringComparison.OrdinalIgnoreCase) || word.Equals("DNSKEY", StringComparison.OrdinalIgnoreCase)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string Seed(string path)
    {
        try
        {
            // One that is empty, or cut off where a disk was full, would be taken for the root's word.
            if (HasAnchors(path))
                return "";
            File.WriteAllText(path + ".new", string.Concat(RootAnchors.Digests.Select(digest => digest + "\n")));
            File.Move(path + ".new", path, overwrite: true);
            return "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{path} cannot be made, where the root's keys are kept current: {e.Message}";
        }
    }

    private static int Option(nint context, string option, string value)
    {
        fixed (byte* o = Bytes(option))
        fixed (byte* v = Bytes(value))
            return NativeUnbound.ub_ctx_set_option(context, o, v);
    }

    private static byte[] Bytes(string text) => [.. Encoding.UTF8.GetBytes(text), 0];
}
