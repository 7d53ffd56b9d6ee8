using System.Runtime.InteropServices;

namespace Postern.Interop.LibUnbound;

/// <summary>libunbound(3), each function declared once. The library is opened by the first call: nothing is called before <see cref="UnboundLibrary.TryLoad"/>.</summary>
internal static unsafe partial class NativeUnbound
{
    /// <summary>By its full name: the one without the version belongs to the package for developers.</summary>
    public const string Library = "libunbound.so.8";

    [LibraryImport(Library)]
    public static partial nint ub_ctx_create();

    [LibraryImport(Library)]
    public static partial void ub_ctx_delete(nint context);

    [LibraryImport(Library)]
    public static partial int ub_ctx_set_option(nint context, byte* option, byte* value);

    [LibraryImport(Library)]
    public static partial int ub_ctx_set_fwd(nint context, byte* address);

    [LibraryImport(Library)]
    public static partial int ub_ctx_add_ta(nint context, byte* anchor);

    [LibraryImport(Library)]
    public static partial int ub_ctx_add_ta_file(nint context, byte* path);

    [LibraryImport(Library)]
    public static partial int ub_ctx_add_ta_autr(nint context, byte* path);

    [LibraryImport(Library)]
    public static partial int ub_ctx_zone_remove(nint context, byte* name);

    [LibraryImport(Library)]
    public static partial int ub_ctx_debugout(nint context, void* stream);

    [LibraryImport(Library)]
    public static partial int ub_ctx_async(nint context, int thread);

    [LibraryImport(Library)]
    public static partial int ub_fd(nint context);

    [LibraryImport(Library)]
    public static partial int ub_process(nint context);

    [LibraryImport(Library)]
    public static partial int ub_resolve_async(
        nint context, byte* name, int type, int @class, void* data, delegate* unmanaged<void*, int, NativeResult*, void> callback, int* id);

    [LibraryImport(Library)]
    public static partial int ub_cancel(nint context, int id);

    [LibraryImport(Library)]
    public static partial void ub_resolve_free(NativeResult* result);

    [LibraryImport(Library)]
    public static partial byte* ub_strerror(int error);
}

/// <summary>struct ub_result</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeResult
{
    public byte* QuestionName;
    public int QuestionType;
    public int QuestionClass;

    /// <summary>RDATA of each record; a null pointer ends the list.</summary>
    public byte** Data;
    public int* Lengths;

    /// <summary>Where CNAMEs led; null where there are none.</summary>
    public byte* CanonicalName;
    public int ResponseCode;
    public void* AnswerPacket;
    public int AnswerLength;
    public int HaveData;
    public int NoSuchName;
    public int Secure;
    public int Bogus;
    public byte* WhyBogus;
    public int WasRateLimited;
    public int TimeToLive;
}
