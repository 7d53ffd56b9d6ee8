using System.Reflection;
using Postern.Configuration.Forms;

namespace Postern.Configuration;

/// <summary>What a reader hands over, as bytes: the version of both programs first, since they may have been installed one without the other.</summary>
public static class ReaderAnswer
{
    private static readonly string s_version =
        typeof(ReaderAnswer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    public static byte[] Write(SnapshotResult result) => Form.Write(result, Snapshot);

    public static byte[] Write(ServerResult result) => Form.Write(result, Server);

    /// <summary>Null when they are of another version.</summary>
    public static SnapshotResult? ReadSnapshot(ReadOnlySpan<byte> bytes) => Read<SnapshotResult>(bytes, Snapshot);

    /// <summary>Null when they are of another version.</summary>
    public static ServerResult? ReadServer(ReadOnlySpan<byte> bytes) => Read<ServerResult>(bytes, Server);

    private static T? Read<T>(ReadOnlySpan<byte> bytes, Func<Form, T?, T> fields)
        where T : class
    {
        try
        {
            return Form.Read(bytes, fields);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static SnapshotResult Snapshot(Form form, SnapshotResult? result)
    {
        form.Same(s_version);
        return SnapshotForm.Result(form, result);
    }

    private static ServerResult Server(Form form, ServerResult? result)
    {
        form.Same(s_version);
        return new ServerResult(form.Optional(result?.Server, SettingsForm.Server), form.List(result?.Problems, SnapshotForm.Problem));
    }
}
