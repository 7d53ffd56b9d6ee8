using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Postern.Configuration.Listening;

/// <summary>The process that listens where a gate should, as far as /proc lets us see it (proc(5)).</summary>
/// <param name="Program">Its name; empty when the process belongs to somebody else and we are not root.</param>
internal sealed record PortHolder(int ProcessId, string Program)
{
    private const string Listening = "0A";

    // __SO_ACCEPTCON: the others of this path are its connections.
    private const string AcceptsConnections = "00010000";

    /// <summary>What to do about it, for the programs that stand where a gate goes most often.</summary>
    public string Advice => Program switch
    {
        "dovecot" => "set port = 0 in the inet_listener of that port, or move it to another port or to 127.0.0.1",
        "master" => "this is Postfix; move that service in master.cf to another port or to 127.0.0.1",
        _ => "stop it, or move it to another port, or choose another address here",
    };

    public static PortHolder? Find(IPAddress address, int port) => FromInode(ListeningInode(address, port));

    public static PortHolder? Find(string socketPath)
    {
        // Num RefCount Protocol Flags Type St Inode Path
        string[]? fields = Lines("/proc/net/unix").Select(line => line.Split(' ', 8, StringSplitOptions.RemoveEmptyEntries))
            .FirstOrDefault(each => each.Length == 8 && each[3] == AcceptsConnections && each[7] == socketPath);
        return FromInode(fields?[6]);
    }

    private static string? ListeningInode(IPAddress address, int port)
    {
        foreach (string line in Lines("/proc/net/tcp").Concat(Lines("/proc/net/tcp6")))
        {
            // sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length > 9 && fields[3] == Listening && Read(fields[1]) is { } local
                && local.Port == port && Overlap(local.Address, address))
                return fields[9];
        }

        return null;
    }

    private static bool Overlap(IPAddress one, IPAddress other) =>
        one.Equals(other)
        || one.Equals(IPAddress.IPv6Any) || other.Equals(IPAddress.IPv6Any)
        || (one.Equals(IPAddress.Any) && other.AddressFamily == AddressFamily.InterNetwork)
        || (other.Equals(IPAddress.Any) && one.AddressFamily == AddressFamily.InterNetwork);

    /// <summary>"0100007F:1F90": words of 32 bits in the machine's order, and the port.</summary>
    private static IPEndPoint? Read(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon is not (8 or 32) || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int port))
            return null;

        byte[] bytes = Convert.FromHexString(text.AsSpan(0, colon));
        if (BitConverter.IsLittleEndian)
        {
            for (int word = 0; word < bytes.Length; word += 4)
                bytes.AsSpan(word, 4).Reverse();
        }

        return new IPEndPoint(new IPAddress(bytes), port);
    }

    private static PortHolder? FromInode(string? inode)
    {
        if (inode is null)
            return null;

        string wanted = $"socket:[{inode}]";
        foreach (string process in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out int id) && Holds(process, wanted))
                return new PortHolder(id, Lines(process + "/comm").FirstOrDefault() ?? "");
        }

        return new PortHolder(0, "");
    }

    private static bool Holds(string process, string wanted)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries(process + "/fd").Any(fd => new FileInfo(fd).LinkTarget == wanted);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
