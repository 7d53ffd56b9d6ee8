using Postern.Configuration.Forms;

namespace Postern.Configuration;

/// <summary>What the recorder of a generation needs.</summary>
public sealed record RecorderSnapshot
{
    /// <summary>Absolute; <c>[policy] state</c>, below which it has a directory.</summary>
    public required string State { get; init; }

    /// <summary>How reports on TLS are made; null: none is.</summary>
    public ReportSnapshot? Reports { get; init; }

    public byte[] Write() => Form.Write(this, OutwardForm.Recorder);

    /// <summary>Reads what <see cref="Write"/> wrote; the supervisor is trusted, so a failure is a bug and throws.</summary>
    public static RecorderSnapshot Read(ReadOnlySpan<byte> bytes) => Form.Read<RecorderSnapshot>(bytes, OutwardForm.Recorder);
}
